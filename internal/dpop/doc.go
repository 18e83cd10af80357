// Package dpop judges DPoP proofs (RFC 9449): that whoever sent a request holds a certain key, and made the proof for this request.
//
// A judgement has three steps, because what has to be known for them is known at different times. [Judge.Read] checks the proof by
// itself: signature, method, address, time, nonce. [Proof.Fits] compares it with the token that it came with, and with the key that
// the token is bound to. [Judge.Use] uses it up; it comes last, so that a stranger cannot fill the memory of used proofs, and what is
// refused for another reason may be sent again.
//
// When a proof was made is told by its nonce if that is one of ours, and by its `iat` otherwise (RFC 9449, section 4.3, step 11). So where
// nonces are asked for, a client whose clock is wrong is served like any other.
//
// The package serves this server and, through the root package, every API that trusts it. It keeps nothing on a disk.
package dpop
