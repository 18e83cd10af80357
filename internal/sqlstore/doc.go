// Package sqlstore keeps everything that Lingpai stores, in SQLite or PostgreSQL. It is the only package that speaks SQL.
//
// One [Store] implements the Store interfaces of the capability packages (user, session, keys, revocation, audit, throttle). Their
// comments are its contract; package storetest is the suite that holds both databases to it.
//
// # One SQL text
//
// Both databases run the same statements. Times are unix microseconds with 0 for the zero time, booleans are 0 or 1, lists are JSON
// text. What differs is in the type dialect: migrations, locks, and what a driver's error means.
//
// # Acts
//
// A method that writes is one act: a function over one transaction, which takes effect as a whole and durably, or not at all.
//
//   - SQLite has one writer at a time, and a commit costs an fsync. So all acts of a process go through one goroutine (see writer),
//     which commits everything that gathered while the last fsync ran. Rotations, the hot act, are merged into one statement.
//   - PostgreSQL commits groups by itself. There an act is a transaction of its own, tried again after a serialization failure or a
//     deadlock (see direct).
//
// Reads never wait for writes. Whoever was told that an act is done sees it.
//
// # Changes of the schema
//
// [Store.Migrate] saves a SQLite database beside it, then carries out all that is new in one transaction (see upgrade). So a binary either
// starts on the new schema, or leaves the old one to the binary before it.
package sqlstore
