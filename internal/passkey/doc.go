// Package passkey signs people in with passkeys (Web Authentication Level 3): which there are, what has begun, and what an answer does. Whether the answer is
// good, package webauthn says.
//
//	asked to add one ─▶ answered ─▶ there ─▶ renamed, used ─▶ removed
//	asked to sign in ─▶ answered ─▶ judged ─▶ spent ─▶ (a session begins)
//	         │
//	         └ nothing is stored until then
//
// # What is asked
//
// The device is to keep the passkey (a discoverable credential), and to make sure of its person each time, by a finger, a face or a PIN (user
// verification). So it is two factors in one: who has the device, and is who they were. Which model it is, it is not asked (attestation "none").
//
// # What a passkey is bound to
//
// To the host of the issuer (RP ID), and to the issuer as the exact origin of the page; never to a frame of another site. An address of numbers has no
// passkeys. The person is known to the device by the id of their account, which is random.
//
// # What has begun
//
// It travels in a cookie, sealed by us: the challenge, since when, and as what the seal holds for, to sign in or to add one to this account. It is good for
// ten minutes, in the browser that has the cookie, and once: the act that ends it spends the challenge.
//
// # Copies
//
// Some devices count what they sign. One that does not count on from where it was is refused: there may be a copy. Whether a passkey may be copied to other
// devices of its person is said when it is made, and may not change.
package passkey
