package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Group and Version of this package's kinds.
const (
	Group   = "cluster.metal-stack.crossplane.io"
	Version = "v1alpha1"
)

// SchemeGroupVersion is the group and version of this package's kinds.
var SchemeGroupVersion = schema.GroupVersion{Group: Group, Version: Version}

// Kinds of this package.
const (
	XClusterKind      = "XCluster"
	XFirewallKind     = "XFirewall"
	XClusterClaimKind = "XClusterClaim"

	// ClaimedXClusterKind is the cluster scoped composite behind an
	// XClusterClaim. Nobody applies it, so it has no Go type.
	ClaimedXClusterKind = "ClaimedXCluster"
)

// GroupVersionKinds of this package.
var (
	XClusterGroupVersionKind      = SchemeGroupVersion.WithKind(XClusterKind)
	XFirewallGroupVersionKind     = SchemeGroupVersion.WithKind(XFirewallKind)
	XClusterClaimGroupVersionKind = SchemeGroupVersion.WithKind(XClusterClaimKind)
)

// Labels of what an XCluster is composed of.
const (
	// LabelName is the name that a person gave the XCluster or its claim.
	LabelName = Group + "/name"

	// LabelOf is the name of the composite that composes it.
	LabelOf = Group + "/of"

	// LabelUID is the uid of the XCluster. The firewall finds its private
	// network by it.
	LabelUID = Group + "/uid"
)

// AnnotationBringInto of a Firewall that a person made, as for one that metalctl allocated,
// is the name of the XFirewall that takes it for its own, instead of making one. It has the
// name that the XFirewall would give.
const AnnotationBringInto = Group + "/bring-into"

// AnnotationRollToken of a Firewall is the rollToken that it was composed with.
const AnnotationRollToken = Group + "/roll-token"

// AddToScheme adds the kinds of this package to a scheme.
func AddToScheme(s *runtime.Scheme) error {
	s.AddKnownTypes(SchemeGroupVersion,
		&XCluster{}, &XClusterList{},
		&XFirewall{}, &XFirewallList{},
		&XClusterClaim{}, &XClusterClaimList{},
	)
	metav1.AddToGroupVersion(s, SchemeGroupVersion)
	return nil
}
