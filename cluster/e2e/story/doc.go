// Package story lets end-to-end tests tell stories on a real Crossplane:
// packages installed from a registry, the provider with no rights but those that
// Crossplane's RBAC manager gives, and the simulator in metal-api's place.
//
// It carries the build tag e2e, as the tests do.
package story
