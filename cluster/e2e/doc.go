// Package e2e tells the stories of the README on a real Crossplane: packages
// installed from a registry, the provider with no rights but those that
// Crossplane's RBAC manager gives, and the simulator in metal-api's place.
//
// Its tests carry the build tag e2e: make test-e2e runs them.
package e2e
