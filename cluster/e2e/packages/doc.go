// Package packages tests what becomes of the project's packages on a Crossplane:
// that what is installed is what runs, with which rights, that it is started
// again, and that an upgrade replaces it.
//
// Its tests carry the build tag e2e: make test-e2e runs them.
package packages
