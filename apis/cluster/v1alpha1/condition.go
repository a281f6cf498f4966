package v1alpha1

import xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"

// GetCondition of an XCluster.
func (x *XCluster) GetCondition(t xpv2.ConditionType) xpv2.Condition { return x.Status.GetCondition(t) }

// GetCondition of an XFirewall.
func (x *XFirewall) GetCondition(t xpv2.ConditionType) xpv2.Condition {
	return x.Status.GetCondition(t)
}
