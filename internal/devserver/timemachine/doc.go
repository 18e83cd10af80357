// Package timemachine makes happen on a dev server, at the press of a button, what an app otherwise meets once a month: tokens that expire
// now, an answer that is lost on its way, a network that is gone, an API that says 401 to everything.
//
// [Clock] is the clock of the whole server, which can be shifted. [Faults] are armed one by one and strike as the requests come: some go
// off once and are over, some last until they are switched off. Package devserver stands them in the way of its requests, and has the
// addresses by which they are armed; nothing else imports this package, so no other server can have any of it.
package timemachine
