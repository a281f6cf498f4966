// Package composition tests a Composition of one's own, as the examples have it.
//
// Its tests carry the build tag e2e: make test-e2e runs them.
package composition
