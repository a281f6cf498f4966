//go:build envtest

package validation

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/fieldpath"
	"github.com/google/go-cmp/cmp"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// A change of an object: a value for each path, nil removes it.
type change map[string]any

// An attempt is something that the API server must accept, or not.
type attempt struct {
	reason string

	// given is how the example differs before; status is its status.
	given  change
	status change
	// What is attempted: to create an object, or to update one that was
	// accepted.
	create change
	update change

	// want are the messages of the refusal, each after the field that it is
	// about.
	want []string
}

// subjects are an object of each kind that has rules, to be changed by attempts:
// of examples that are what most users write.
func subjects(t *testing.T) map[string]*unstructured.Unstructured {
	t.Helper()
	all := map[string]*unstructured.Unstructured{}
	for _, e := range examples(t) {
		if folder, _, _ := strings.Cut(e.name, "/"); slices.Contains([]string{"bring-in", "cluster", "import", "mini-lab"}, folder) {
			continue
		}
		for _, o := range e.objects(t) {
			if _, ok := all[o.GetKind()]; !ok {
				all[o.GetKind()] = o
			}
		}
	}
	// Crossplane makes a claim's composite of the claim's spec.
	claimed := all["XClusterClaim"].DeepCopy()
	claimed.SetKind("ClaimedXCluster")
	all["ClaimedXCluster"] = claimed
	return all
}

// What must be refused is, and says why: that and nothing else. And there is no
// rule that nothing here breaks.
func TestRefused(t *testing.T) {
	t.Parallel()
	broken := &rules{seen: map[string]bool{}}
	objects := subjects(t)
	t.Run("By", func(t *testing.T) {
		for kind, all := range refusals() {
			for name, a := range all {
				t.Run(kind+"/"+name, func(t *testing.T) {
					t.Parallel()
					err := a.try(t, objects[kind].DeepCopy())
					got := messages(err)
					if diff := cmp.Diff(slices.Sorted(slices.Values(a.want)), got); diff != "" {
						t.Errorf("%s\n-want, +got:\n%s\n%v", a.reason, diff, err)
					}
					broken.add(kind, got)
				})
			}
		}
	})
	for _, rule := range slices.Sorted(maps.Keys(allRules(t))) {
		if !broken.seen[rule] {
			t.Errorf("no test breaks this rule: %s", rule)
		}
	}
}

// try returns what the API server says.
func (a *attempt) try(t *testing.T, o *unstructured.Unstructured) error {
	t.Helper()
	if o.GetKind() != "ClusterProviderConfig" && o.GetKind() != "ClaimedXCluster" {
		o.SetNamespace(namespace(t.Context(), t))
	} else {
		o.SetNamespace("")
		o.SetName(strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name())))
	}
	a.given.apply(t, o)
	if a.create != nil {
		a.create.apply(t, o)
		return kube.Create(t.Context(), o, client.DryRunAll)
	}
	if err := kube.Create(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if a.status != nil {
		a.status.apply(t, o)
		if err := kube.Status().Update(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	a.update.apply(t, o)
	return kube.Update(t.Context(), o, client.DryRunAll)
}

func (c change) apply(t *testing.T, o *unstructured.Unstructured) {
	t.Helper()
	p := fieldpath.Pave(o.Object)
	for _, path := range slices.Sorted(maps.Keys(c)) {
		var err error
		if c[path] == nil {
			err = p.DeleteField(path)
		} else {
			err = p.SetValue(path, c[path])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// invalidValue is what the API server puts before a rule's message.
var invalidValue = regexp.MustCompile(`^Invalid value: (("(\\.|[^"\\])*"|0): )?`)

// messages of a refusal, each after the field that it is about.
func messages(err error) []string {
	var status kerrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil {
		return nil
	}
	var all []string
	for _, c := range status.Status().Details.Causes {
		// A rule that must look at an incomplete object says nothing new.
		if strings.Contains(c.Message, "some validation rules were not checked") {
			continue
		}
		field := c.Field
		if field == "<nil>" {
			field = ""
		}
		all = append(all, fmt.Sprintf("%s: %s", field, invalidValue.ReplaceAllString(c.Message, "")))
	}
	slices.Sort(all)
	return all
}

// rules that were seen to refuse something.
type rules struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (r *rules) add(kind string, messages []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	index := regexp.MustCompile(`\[[^]]*\]`)
	for _, m := range messages {
		field, what, _ := strings.Cut(m, ": ")
		field = index.ReplaceAllString(field, "[]")
		switch {
		case strings.Contains(what, "Unsupported value"):
			what = "enum"
		case strings.Contains(what, "should have at least"):
			what = "minimum"
		}
		r.seen[kind+" "+field+": "+what] = true
	}
}

// allRules are those of our kinds, as rules.add writes them.
func allRules(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, c := range crds(t) {
		kind := c.Spec.Names.Kind
		visit("", c.Spec.Versions[0].Schema.OpenAPIV3Schema, func(path string, s *extv1.JSONSchemaProps) {
			at := kind + " " + path + ": "
			for i := range s.XValidations {
				all[at+s.XValidations[i].Message] = true
			}
			crossplanes := func(prefix string) bool { return strings.HasPrefix(path, prefix) }
			if slices.ContainsFunc(notOurs, crossplanes) {
				return
			}
			if len(s.Enum) > 0 {
				all[at+"enum"] = true
			}
			if s.MinItems != nil || s.MinProperties != nil {
				all[at+"minimum"] = true
			}
			if s.Pattern != "" {
				t.Errorf("%s: a pattern cannot say what to do instead: write a rule with a message", at)
			}
		})
	}
	// The composite behind a claim has a generated name, which becomes no hostname,
	// and what else is for the claim alone.
	delete(all, "ClaimedXCluster : "+nameOfCluster)
	delete(all, "ClaimedXCluster : "+noSecret)
	delete(all, "ClaimedXCluster : "+keepsResource)
	return all
}
