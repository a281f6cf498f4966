package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Group and Version of this package's kinds.
const (
	Group   = "metal-stack.m.crossplane.io"
	Version = "v1alpha1"
)

// SchemeGroupVersion is the group and version of this package's kinds.
var SchemeGroupVersion = schema.GroupVersion{Group: Group, Version: Version}

// Kinds of this package.
const (
	ProviderConfigKind          = "ProviderConfig"
	ProviderConfigListKind      = "ProviderConfigList"
	ClusterProviderConfigKind   = "ClusterProviderConfig"
	ProviderConfigUsageKind     = "ProviderConfigUsage"
	ProviderConfigUsageListKind = "ProviderConfigUsageList"
	NetworkKind                 = "Network"
	FirewallKind                = "Firewall"
	MachineKind                 = "Machine"
	IPKind                      = "IP"
	ProjectKind                 = "Project"
)

// GroupVersionKinds of this package.
var (
	ProviderConfigGroupVersionKind          = SchemeGroupVersion.WithKind(ProviderConfigKind)
	ClusterProviderConfigGroupVersionKind   = SchemeGroupVersion.WithKind(ClusterProviderConfigKind)
	ProviderConfigUsageGroupVersionKind     = SchemeGroupVersion.WithKind(ProviderConfigUsageKind)
	ProviderConfigUsageListGroupVersionKind = SchemeGroupVersion.WithKind(ProviderConfigUsageListKind)
	NetworkGroupVersionKind                 = SchemeGroupVersion.WithKind(NetworkKind)
	FirewallGroupVersionKind                = SchemeGroupVersion.WithKind(FirewallKind)
	MachineGroupVersionKind                 = SchemeGroupVersion.WithKind(MachineKind)
	IPGroupVersionKind                      = SchemeGroupVersion.WithKind(IPKind)
	ProjectGroupVersionKind                 = SchemeGroupVersion.WithKind(ProjectKind)
)

// AddToScheme adds the kinds of this package to a scheme.
func AddToScheme(s *runtime.Scheme) error {
	s.AddKnownTypes(SchemeGroupVersion,
		&ProviderConfig{}, &ProviderConfigList{},
		&ClusterProviderConfig{}, &ClusterProviderConfigList{},
		&ProviderConfigUsage{}, &ProviderConfigUsageList{},
		&Network{}, &NetworkList{},
		&Firewall{}, &FirewallList{},
		&Machine{}, &MachineList{},
		&IP{}, &IPList{},
		&Project{}, &ProjectList{},
	)
	metav1.AddToGroupVersion(s, SchemeGroupVersion)
	return nil
}
