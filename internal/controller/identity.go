package controller

import (
	"context"
	"encoding/json"
	"reflect"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
)

const errPatchAnnotations = "cannot write annotations"

// DefaultPersistTimeout is how long annotations are tried to be written that
// must not be lost. crossplane-runtime gives up after 50 ms.
const DefaultPersistTimeout = 5 * time.Minute

// annotations to patch: nil removes one.
type annotations map[string]*string

func recordOf(mg Resource) Record {
	a := mg.GetAnnotations()
	return Record{
		UID:              mg.GetUID(),
		Resource:         reflect.TypeOf(mg).Elem().Name() + " " + mg.GetNamespace() + "/" + mg.GetName(),
		ExternalName:     meta.GetExternalName(mg),
		AllocationUUID:   a[v1alpha1.AnnotationAllocationUUID],
		PartitionCreated: a[v1alpha1.AnnotationPartitionCreated],
		TakeOver:         types.UID(a[v1alpha1.AnnotationTakeOver]),
		Taken:            a[v1alpha1.AnnotationAsked] != "" || mg.GetAsked() != "",
		OnlyObserved:     relation.PoliciesOf(mg).ShouldOnlyObserve(),
	}
}

// identity of an object, as annotations. What it settles is removed with it, in
// the same patch: a create that was begun, and a create of unknown outcome.
func identity(f Facts, partitionCreated string) annotations {
	a := annotations{
		meta.AnnotationKeyExternalName:          &f.ID,
		v1alpha1.AnnotationAllocationUUID:       &f.AllocationUUID,
		v1alpha1.AnnotationPartitionCreated:     nil,
		v1alpha1.AnnotationCreateUnknownSince:   nil,
		meta.AnnotationKeyExternalCreatePending: nil,
	}
	if partitionCreated != "" {
		a[v1alpha1.AnnotationPartitionCreated] = &partitionCreated
	}
	return a
}

// forgotten identity of an object that is gone. The partition's stays: what is
// created next lives in the same metal-stack.
func forgotten() annotations {
	return annotations{
		meta.AnnotationKeyExternalName:    nil,
		v1alpha1.AnnotationAllocationUUID: nil,
	}
}

// of returns true if the annotations are as they shall be.
func (a annotations) of(o client.Object) bool {
	have := o.GetAnnotations()
	for k, v := range a {
		is, ok := have[k]
		if (v == nil) == ok || (v != nil && *v != is) {
			return false
		}
	}
	return true
}

// A persister writes annotations.
type persister struct {
	kube    client.Client
	timeout time.Duration
}

// write annotations to the object as it was read: a conflict is an error, for
// the decision to write them rests on what was read.
func (p persister) write(ctx context.Context, o client.Object, a annotations) error {
	return errors.Wrap(p.patch(ctx, o, a, o.GetResourceVersion()), errPatchAnnotations)
}

// persist annotations whatever else has changed, for minutes, also when the
// context has ended: what they say would be lost.
func (p persister) persist(ctx context.Context, o client.Object, a annotations) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.timeout)
	defer cancel()

	var last error
	retry := wait.Backoff{Duration: 50 * time.Millisecond, Factor: 2, Jitter: 0.1, Steps: 10, Cap: 10 * time.Second}.DelayFunc()
	err := retry.Until(ctx, true, true, func(ctx context.Context) (bool, error) {
		last = p.patch(ctx, o, a, "")
		if kerrors.IsNotFound(last) {
			return false, last
		}
		return last == nil, nil
	})
	if err != nil && last != nil {
		err = last
	}
	return errors.Wrap(err, errPatchAnnotations)
}

// patch annotations and nothing else, and copy them and the resource version
// back. The rest of the object, its status above all, holds what a reconcile has
// just found out.
func (p persister) patch(ctx context.Context, o client.Object, a annotations, resourceVersion string) error {
	m := map[string]any{"annotations": a}
	if resourceVersion != "" {
		m["resourceVersion"] = resourceVersion
	}
	body, err := json.Marshal(map[string]any{"metadata": m})
	if err != nil {
		return err
	}
	answer, ok := o.DeepCopyObject().(client.Object)
	if !ok {
		return errors.Errorf("cannot copy a %T", o)
	}
	if err := p.kube.Patch(ctx, answer, client.RawPatch(types.MergePatchType, body)); err != nil {
		return err
	}
	o.SetResourceVersion(answer.GetResourceVersion())
	o.SetAnnotations(answer.GetAnnotations())
	return nil
}

// UpdateCriticalAnnotations after a create, whose outcome crossplane-runtime has
// just annotated. Only annotations that are ours to write are written.
func (p persister) UpdateCriticalAnnotations(ctx context.Context, o client.Object) error {
	return p.persist(ctx, o, outcome(o.GetAnnotations()))
}

// outcome of a create, as annotations to write. A create is no longer pending,
// and the metal-stack that it was meant for, and what was asked for there, are of
// no interest if nothing was made.
func outcome(have map[string]string) annotations {
	a := annotations{
		meta.AnnotationKeyExternalCreatePending: nil,
		v1alpha1.AnnotationCreateUnknownSince:   nil,
	}
	for _, k := range []string{
		meta.AnnotationKeyExternalName,
		meta.AnnotationKeyExternalCreateSucceeded,
		meta.AnnotationKeyExternalCreateFailed,
		v1alpha1.AnnotationAllocationUUID,
		v1alpha1.AnnotationPartitionCreated,
		v1alpha1.AnnotationCreateUnknownSince,
	} {
		if v, ok := have[k]; ok {
			a[k] = &v
		}
	}
	if a[meta.AnnotationKeyExternalName] == nil && a[v1alpha1.AnnotationCreateUnknownSince] == nil {
		a[v1alpha1.AnnotationPartitionCreated] = nil
		a[v1alpha1.AnnotationAsked] = nil
	}
	return a
}
