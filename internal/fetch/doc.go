// Package fetch calls addresses that others name: the key set of a client, its metadata, its logout endpoint. Whoever can name an address
// could otherwise make this server knock on doors of its own network, so there is one way out, with these rules:
//
//   - https, and a host that has one spelling; no user, no fragment. No proxy of the environment, which would look the host up itself.
//   - Never an address that is not public: this machine, the private networks, link-local ones with the metadata services of clouds, and
//     whatever else is reserved. The connection itself is judged, after the name was looked up, so a name whose meaning changes
//     gains nothing.
//   - No redirect is followed, and the answer is the document or an error.
//   - Bounded in time, in bytes of header and body, and in how many run at a time. No compression, which would undo the bound on bytes.
//
// [Options.InsecureLoopback] lets this machine in, by http too, for development; [Options.Private] lets private networks in, for what the operator
// has named. Nothing here caches; who asks knows how old an answer
// may be.
package fetch
