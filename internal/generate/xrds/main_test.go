package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// The definitions in the package are those of the types, and generating them
// again changes nothing.
func TestGenerate(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := run([]string{"../../../apis/cluster/...", folder}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(contents(t, "../../../package/xcluster/apis"), contents(t, folder)); diff != "" {
		t.Errorf("run go generate ./apis. -want, +got:\n%s", diff)
	}
}

func TestRunUsage(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(errUsage, run(nil), cmpopts.EquateErrors()); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if err := run([]string{"./absent/...", t.TempDir()}); err == nil || errors.Is(err, errUsage) {
		t.Errorf("packages that are not there: got %v", err)
	}
}

func TestFromCRD(t *testing.T) {
	t.Parallel()
	crd := func(kind string) *extv1.CustomResourceDefinition {
		c := &extv1.CustomResourceDefinition{}
		from := `
spec:
  group: example.org
  scope: Namespaced
  names: {kind: ` + kind + `, plural: things, categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns: [{name: MESSAGE, type: string, jsonPath: .status.message}]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          apiVersion: {type: string}
          kind: {type: string}
          metadata: {type: object}
          spec: {type: object, properties: {size: {type: string}}}
          status: {type: object, properties: {message: {type: string}, conditions: {type: array}}}
        x-kubernetes-validations: [{rule: "true", message: never}]
`
		if err := yaml.Unmarshal([]byte(from), c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	versions := `
  versions:
  - name: v1
    served: true
    referenceable: true
    additionalPrinterColumns: [{name: MESSAGE, type: string, jsonPath: .status.message}]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {size: {type: string}}}
          status: {type: object, properties: {message: {type: string}}}
        x-kubernetes-validations: [{rule: "true", message: never}]
`
	cases := map[string]struct {
		reason string
		kind   string
		want   string
	}{
		"Composite": {
			reason: "A kind becomes a namespaced composite, without what Crossplane adds itself.",
			kind:   "Thing",
			want: `
apiVersion: apiextensions.crossplane.io/v2
kind: CompositeResourceDefinition
metadata: {name: things.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Thing, plural: things, categories: [all]}
  defaultCompositionRef: {name: thing}` + versions,
		},
		"Claim": {
			reason: "Claims are of the API's first version, without a scope, and have a composite behind them.",
			kind:   "ThingClaim",
			want: `
apiVersion: apiextensions.crossplane.io/v1
kind: CompositeResourceDefinition
metadata: {name: claimedthings.example.org}
spec:
  group: example.org
  names: {kind: ClaimedThing, listKind: ClaimedThingList, singular: claimedthing, plural: claimedthings, categories: [all]}
  claimNames: {kind: ThingClaim, plural: things, categories: [all]}
  defaultCompositionRef: {name: claimedthing}
  defaultCompositeDeletePolicy: Foreground` + versions,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := fromCRD(crd(tc.kind))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(values(t, []byte(tc.want)), values(t, marshal(t, got))); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func marshal(t *testing.T, o client.Object) []byte {
	t.Helper()
	b, err := yaml.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// values of an object but its status.
func values(t *testing.T, b []byte) map[string]any {
	t.Helper()
	var v map[string]any
	if err := yaml.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	delete(v, "status")
	if m, ok := v["metadata"].(map[string]any); ok {
		delete(m, "creationTimestamp")
	}
	return v
}

func contents(t *testing.T, folder string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", folder, err)
	}
	all := map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(f)] = strings.ReplaceAll(string(b), "description: >-", "description: |-") // Folded later.
	}
	return all
}
