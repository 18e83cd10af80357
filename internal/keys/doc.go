// Package keys owns the keys that tokens are signed with: it makes them, publishes them before use, retires them, and seals them at rest.
//
// # The life of a key
//
//	created ──────────▶ signs ─────────────────▶ retired ───────────▶ removed
//	   │  PublishBefore   │       RotateEvery       │      KeepFor       │
//	   └──────────────── published: in the JWKS, good for verification ──┘
//
// The times are in the store, see [Record], and all nodes follow them without talking to each other: the successor is written
// PublishBefore ahead of its turn, and takes over when the moment comes, without a write and without a lock. [Ring.Maintain] makes
// successors and removes what has expired; it may run on every node at once, because the store lets only one of them add a key.
//
// Two promises hold, provided that each node reads the store ([Ring.Maintain], [Ring.Refresh]) at least once every PublishBefore:
//   - Nobody signs with a key that was not published for PublishBefore. The exceptions are the very first key and a rotation that was
//     asked for at once; verifiers then meet an unknown `kid` and fetch the key set again.
//   - No key is unpublished while a token that it signed can live. A predecessor therefore stays for PublishBefore, until which the last
//     node has learnt of its successor, and for KeepFor after that.
//
// # Sealing
//
// Private keys and the secrets of [Ring.Secret] are encrypted by a [Sealer] before they reach the store. Its master key is kept apart
// from the database ([LoadMaster]), so that a copy of the database alone signs nothing.
//
// The package stands on jose, audit and fault; package sqlstore implements [Store], package app calls Maintain each minute.
package keys
