// Package upgrade tests what an upgrade of the packages does to what is there:
// nothing.
//
// Its tests carry the build tag e2e: make test-e2e runs them.
package upgrade
