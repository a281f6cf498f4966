// Package v1alpha1 holds the composites of configuration-xcluster: what a user
// asks for in one manifest. Their XRDs are generated from these types.
//
// +kubebuilder:object:generate=true
// +groupName=cluster.metal-stack.crossplane.io
// +versionName=v1alpha1
package v1alpha1
