package metal

import (
	"errors"
	"fmt"
)

// A Kind of error says what can be done about it.
type Kind string

// Kinds of errors.
const (
	// NotFound is something that was asked for or named and is not there. It
	// does not prove that an object is gone: only an empty find does.
	NotFound Kind = "NotFound"
	// Conflict is an object that is used or locked, or there already.
	Conflict Kind = "Conflict"
	// Changed is an object that something else changed at the same moment: to be
	// tried again at once, from its look on.
	Changed Kind = "Changed"
	// Broken is an object that metal-stack itself can neither show nor free, and
	// that only who runs it can repair.
	Broken Kind = "Broken"
	// Invalid is a request that will never be accepted as it is.
	Invalid Kind = "Invalid"
	// Exhausted is no machine, no prefix, no address, or a quota.
	Exhausted Kind = "Exhausted"
	// Throttled is too many requests at once.
	Throttled Kind = "Throttled"
	// Denied is a wrong key, a key of a too small role, or a wrong clock.
	Denied Kind = "Denied"
	// Misdirected is an answer that no metal-api gives: a wrong URL, a proxy's
	// page, a certificate that cannot be verified.
	Misdirected Kind = "Misdirected"
	// Later is a look for which there is no answer yet, and no reason to wait: it is
	// asked for again later.
	Later Kind = "Later"
	// Transient is everything that may go away by itself: no answer, a
	// timeout, a server's own error.
	Transient Kind = "Transient"
)

// An Error of a metal-stack.
type Error struct {
	Kind Kind

	// Attempted is what was attempted, for example "allocate a firewall".
	Attempted string

	// Status of the answer, 0 if there was none.
	Status int

	// Message says what happened and, where it helps, what to do. It holds no
	// volatile parts (no times, ports or request ids) and no secrets.
	Message string

	// Refused is true if the answer proves that a write changed nothing.
	Refused bool

	// Err is the cause, if it is worth keeping.
	Err error
}

// Error says what was attempted and what happened.
func (e *Error) Error() string {
	return fmt.Sprintf("cannot %s: %s", e.Attempted, e.Message)
}

// Refuse to attempt something, before anything was asked for.
func Refuse(attempted, why string) error {
	return &Error{Kind: Conflict, Attempted: attempted, Message: why, Refused: true}
}

// Unwrap the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf an error; Transient if it is not of a metal-stack.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Transient
}

// NothingMade is true if the error proves that a write changed nothing: it is
// one of the refusals that metal-api raises before any write. Everything else
// (no answer, 5xx, most 422) may have come true.
func NothingMade(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Refused
}
