package relation

import (
	"context"
	"errors"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

func TestListInstalled(t *testing.T) {
	t.Parallel()
	resource := schema.GroupResource{Group: v1alpha1.Group, Resource: "firewalls"}
	unknown := &meta.NoKindMatchError{GroupKind: v1alpha1.FirewallGroupVersionKind.GroupKind(), SearchedVersions: []string{"v1alpha1"}}
	gone := kerrors.NewNotFound(resource, "")
	denied := kerrors.NewForbidden(resource, "", errors.New("no"))
	cases := map[string]struct {
		reason    string
		list, get error
		defined   bool
		want      error
	}{
		"Installed":  {reason: "What is there is listed.", defined: true},
		"NoKind":     {reason: "Of a kind that is not installed there are none.", list: unknown},
		"KindIsGone": {reason: "Nor of one that was uninstalled.", list: gone},
		"Lags":       {reason: "A definition that discovery does not know yet may have objects.", list: unknown, defined: true, want: unknown},
		"Denied":     {reason: "Not to know is no proof.", list: unknown, get: denied, want: denied},
		"Fails":      {reason: "Any other failure is one.", list: denied, want: denied},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := runtime.NewScheme()
			for _, add := range []func(*runtime.Scheme) error{v1alpha1.AddToScheme, apiextensionsv1.AddToScheme} {
				if err := add(s); err != nil {
					t.Fatal(err)
				}
			}
			b := fake.NewClientBuilder().WithScheme(s)
			if tc.defined {
				b = b.WithObjects(&apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: crd("Firewall")}})
			}
			kube := interceptor.NewClient(b.Build(), interceptor.Funcs{
				List: func(ctx context.Context, c client.WithWatch, l client.ObjectList, opts ...client.ListOption) error {
					if tc.list != nil {
						return tc.list
					}
					return c.List(ctx, l, opts...)
				},
				Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
					if tc.get != nil {
						return tc.get
					}
					return c.Get(ctx, key, o, opts...)
				},
			})
			if err := New(kube, kube, nil).listInstalled(t.Context(), kube, &v1alpha1.FirewallList{}, "Firewall"); !errors.Is(err, tc.want) {
				t.Errorf("%s\nwant %v, got %v", tc.reason, tc.want, err)
			}
		})
	}
}
