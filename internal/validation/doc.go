// Package validation tests what an API server accepts of our kinds, and what it
// answers to the rest: the schemas and rules of the managed resources' CRDs, of
// the CRDs that Crossplane makes of the XRDs, and the examples against them.
//
// The tests that need an API server have the build tag envtest and take etcd
// and kube-apiserver from the folder that KUBEBUILDER_ASSETS names.
package validation
