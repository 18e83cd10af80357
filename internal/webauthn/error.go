package webauthn

import "errors"

// The rules that an answer can break, matched with errors.Is. Whatever is refused is refused with one of them.
var (
	// ErrMalformed says that something is not in the form that browsers and authenticators write.
	ErrMalformed = errors.New("malformed answer")
	// ErrType says that an answer is to something else: a registration in place of an assertion, or the other way round.
	ErrType = errors.New("the answer is to something else")
	// ErrChallenge says that another challenge is answered.
	ErrChallenge = errors.New("the answer is to another challenge")
	// ErrOrigin says that a page of another origin has asked.
	ErrOrigin = errors.New("the answer was given to another origin")
	// ErrFrame says that the page was inside one of another origin.
	ErrFrame = errors.New("the answer was given inside a page of another origin")
	// ErrParty says that the authenticator has answered to another relying party.
	ErrParty = errors.New("the answer is to another relying party")
	// ErrPresence says that nobody was there.
	ErrPresence = errors.New("nobody was present")
	// ErrVerification says that whoever was there was not made sure of.
	ErrVerification = errors.New("the user was not verified")
	// ErrBackup says that what is told of copies contradicts itself, or what was told at the registration.
	ErrBackup = errors.New("the backup flags contradict")
	// ErrAlgorithm says that a key is for an algorithm which was not asked for.
	ErrAlgorithm = errors.New("the key is for an algorithm that was not asked for")
	// ErrKey says that a key cannot be used: malformed, too weak or too large.
	ErrKey = errors.New("unusable key")
	// ErrCredential says that another credential has answered than the one it is held to.
	ErrCredential = errors.New("another credential has answered")
	// ErrUser says that the credential is of another account, or does not say of which.
	ErrUser = errors.New("the answer is for another account")
	// ErrSignature says that the signature is not by the key of the credential, over this answer.
	ErrSignature = errors.New("wrong signature")
	// ErrCounter says that the authenticator has not counted on: there may be a copy of it.
	ErrCounter = errors.New("the signature counter did not go on")
)
