// Package v1alpha1 holds the managed resources of provider-metal-stack and how
// they reach a metal-api.
//
// +kubebuilder:object:generate=true
// +groupName=metal-stack.m.crossplane.io
// +versionName=v1alpha1
package v1alpha1
