package relation

import (
	"context"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// notInstalled is true for an error that says that a kind is not there. That alone
// does not prove it.
func notInstalled(err error) bool { return meta.IsNoMatchError(err) || kerrors.IsNotFound(err) }

// listInstalled lists the objects of a kind that may not be installed:
// Crossplane activates kinds one by one. Of a kind that is not there are none.
// That it is not there is proved by its missing CRD, which is read past the
// cache: discovery may lag behind.
func (h *Home) listInstalled(ctx context.Context, from client.Reader, list client.ObjectList, kind string, opts ...client.ListOption) error {
	err := from.List(ctx, list, opts...)
	if !notInstalled(err) {
		return err
	}
	definition := &metav1.PartialObjectMetadata{}
	definition.SetGroupVersionKind(apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
	switch gone := h.live.Get(ctx, client.ObjectKey{Name: crd(kind)}, definition); {
	case gone == nil:
		return err
	case kerrors.IsNotFound(gone):
		return nil
	default:
		return errors.Wrapf(gone, "cannot tell whether %s is installed", crd(kind))
	}
}
