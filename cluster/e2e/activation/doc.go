// Package activation tests a provider on a Crossplane that activates nothing by
// itself.
//
// Its tests carry the build tag e2e: make test-e2e runs them.
package activation
