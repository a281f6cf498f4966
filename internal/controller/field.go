package controller

import (
	"cmp"
	"fmt"

	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
)

// A Field that is fixed at creation: what the spec says of it, and what an
// object has. All values are in canonical spelling; sets are sorted.
type Field struct {
	// Name of the field, as messages call it.
	Name string

	// Says is what the spec says, empty where it leaves the field out. Default
	// is what the provider then asks for, if it asks for anything.
	Says    string
	Default string

	// Is what the object has, if metal-api tells: Seen.
	Is   string
	Seen bool

	// Fits is true where what the object has is what the spec says, although it
	// is not spelled so.
	Fits bool

	// Identifies is true if an object that has another value cannot be the one that
	// the spec describes: it is not imported. The spec must say it, unless it is
	// Optional. What is only observed may have more than the spec says where that is a
	// Part of it.
	Identifies bool
	Optional   bool
	Part       bool

	// Long values are not shown in messages.
	Long bool
}

// asks is what an allocate asks for.
func (f Field) asks() string { return cmp.Or(f.Says, f.Default) }

// Differs is true if a person has changed what was asked for, or somebody what
// is. What the spec leaves out differs only if it was asked for.
func (f Field) Differs(a *memory.Asked) bool {
	switch {
	case f.Seen && f.Says != "":
		return f.Says != f.Is && !f.Fits
	case a == nil:
		return false
	default:
		return a.Fixed[f.Name] != memory.Digest(f.asks())
	}
}

// difference in words. A thing is what an object is, such as a machine.
func (f Field) difference(thing string) string {
	switch {
	case !f.Seen:
		return fmt.Sprintf("%s: not what the %s was created with", f.Name, thing)
	case f.Long:
		return fmt.Sprintf("%s: not those of the %s", f.Name, thing)
	default:
		return fmt.Sprintf("%s is %s on the %s and %s in the spec", f.Name, orNot(f.Is), thing, orNot(f.Says))
	}
}

func orNot(value string) string { return cmp.Or(value, "not set") }
