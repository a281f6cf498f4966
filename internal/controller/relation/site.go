package relation

import (
	"context"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// A site is the metal-stack of a resource. Addresses, and ids that people choose, are the
// same in several.
type site struct {
	stack metal.Stack

	// partitions of it, by when they were created: that of the resource, and all once they
	// were asked for.
	partitions map[string]bool
	asked      bool

	// err that they could not be asked for.
	err error
}

func siteOf(mg resource.Managed, s metal.Stack) *site {
	return &site{stack: s, partitions: map[string]bool{partitionCreated(mg): true}}
}

// has another resource, as far as can be told: what has begun has recorded when a partition
// of its metal-stack was created.
func (s *site) has(ctx context.Context, mg resource.Managed) bool {
	created := partitionCreated(mg)
	if created == "" || !memory.Begun(mg) || s.partitions[created] || s.err != nil {
		return true
	}
	if !s.asked {
		all, err := s.stack.Partitions(ctx)
		if err != nil {
			s.err = errors.Wrap(err, "cannot tell whether "+nameOf(mg)+" is of the same metal-stack")
			return true
		}
		for _, p := range all {
			s.partitions[p.Created] = true
		}
		s.asked = true
	}
	return s.partitions[created]
}

func partitionCreated(mg resource.Managed) string {
	return mg.GetAnnotations()[v1alpha1.AnnotationPartitionCreated]
}
