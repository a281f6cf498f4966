// Package render tests the compositions with Crossplane's render engine: what
// becomes of an example, of each field of a composite, and of what its parts
// say, without a cluster.
//
// Its tests carry the build tag e2e: make test-e2e runs them.
package render
