package composition

import (
	"fmt"
	"strings"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
)

// stays where it was made what is there, if it is anywhere: the API server knows of it from
// the status only, which may be late. What else was changed is not held up by that. The
// words are about what cannot be.
func stays(wants *clusterv1alpha1.Ownership, made *clusterv1alpha1.Ownership) (word string) {
	if made == nil || *made == *wants {
		return ""
	}
	var back []string
	if made.Partition != wants.Partition {
		back = append(back, "partition back to "+made.Partition)
	}
	if made.ProjectID != wants.ProjectID {
		back = append(back, "projectID back to "+made.ProjectID)
	}
	if made.ProviderConfigRef != wants.ProviderConfigRef {
		back = append(back, fmt.Sprintf("providerConfigRef back to %s %s", made.ProviderConfigRef.Kind, made.ProviderConfigRef.Name))
	}
	*wants = *made
	return "what is made cannot move: set " + strings.Join(back, ", and ") + ", or delete this and create another"
}

// shown in the status is where something was made.
func shown(made *clusterv1alpha1.Ownership) *clusterv1alpha1.Place {
	if made == nil {
		return nil
	}
	return &clusterv1alpha1.Place{Partition: made.Partition, ProjectID: made.ProjectID, ProviderConfigRef: clusterv1alpha1.PlaceConfig(made.ProviderConfigRef)}
}

// placeOf a managed resource whose object exists.
func placeOf(partition, project string, config *xpv2.ProviderConfigReference, is clusterv1alpha1.ProviderConfigReference) *clusterv1alpha1.Ownership {
	if config != nil {
		is = clusterv1alpha1.ProviderConfigReference{Kind: config.Kind, Name: config.Name}
	}
	if partition == "" || project == "" || is.Name == "" {
		return nil // Nobody composes such a one.
	}
	return &clusterv1alpha1.Ownership{Partition: partition, ProjectID: project, ProviderConfigRef: is}
}
