// Package activation tests the packages on a Crossplane that activates nothing by
// itself: the Configuration says what it wants, the provider waits to be told.
//
// Its tests carry the build tag e2e: make test-e2e runs them.
package activation
