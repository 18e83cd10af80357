// Package devserver stands in for the backend while it is being written: it is what `lingpai dev` answers outside of the addresses that
// Lingpai keeps for itself.
//
// A dev file (lingpai.dev.yaml) has a list of routes. Each names the requests that it is for (package route) and one or more sources of
// answers, of which one is in use: mock, before, crud, replay, har, openapi, proxy, static, spa, pass. The first route that answers wins;
// a route that does not leaves the request as it came.
//
// The file and all that it names are followed (Follow). A version that cannot be read changes nothing: the last good one goes on
// answering, and [Server.State] says what is wrong, with line and column.
//
// Everything that was answered, here and by Lingpai itself, is kept for a while, for whoever looks on (package exchange).
//
// The passwords of the dev users are known to everybody, so all of this is for loopback alone. Package app builds a devserver for `lingpai
// dev` and for nothing else.
package devserver
