// Package webauthn asks for passkeys and judges the answers (Web Authentication Level 3), as a relying party that wants
//
//   - two factors: that somebody was there and was made sure of (user presence, user verification) is required of every answer;
//   - passkeys that name their account (discoverable credentials): a sign-in asks for any, and the answer says whose it is (user handle);
//   - no attestation: none is asked for, and what comes all the same is read over. It has to be CBOR, and no more is said of it;
//   - keys by [EdDSA], [ES256] or [RS256], in the form of COSE that section 6.5.1.1 prescribes.
//
// # The way of an answer
//
//	Party.Creation ─▶ navigator.credentials.create ─▶ ParseRegistration ─▶ Party.Register ─▶ Credential (is kept)
//	Party.Request  ─▶ navigator.credentials.get    ─▶ ParseAssertion    ─▶ Party.Verify   ─▶ Credential (is kept again)
//
// What has been parsed has a form, and nothing vouches for it. [Party.Register] and [Party.Verify] are the steps of sections 7.1 and 7.2 one after the
// other; each that fails has an error of its own. Whether a challenge is good still, and good once, is their caller's business, as is whether a credential
// is known already.
//
// # Strictness
//
// There is one reading of an answer, or none:
//
//   - JSON without names that are there twice or differ by capitals (package strictjson); base64url without padding or stray bits;
//   - CBOR as CTAP2 writes it: definite lengths, shortest numbers, no name twice, no tags, no floats, four levels, nothing behind the end. The order in a
//     map is free, because browsers write the outer one;
//   - keys with the members of their algorithm and no others; points of P-256 on the curve; RSA of 2048 to 4096 bits;
//   - authenticator data that has what its flags say, and ends there;
//   - the origin to the letter, and no page inside that of another site.
//
// Members that are not known are passed over in JSON, as the standard bids (section 5.8.1), and nowhere else.
//
// The package imports the standard library and strictjson alone. All its functions are safe for concurrent use. No error holds a challenge or a key.
package webauthn
