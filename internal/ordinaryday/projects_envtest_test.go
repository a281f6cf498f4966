//go:build envtest

package ordinaryday

import (
	"maps"
	"path"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// owned by a project: the entries of its id, of the reference and of the selector that
// can stand in its place.
func owned(w world, moved string) map[string]field {
	all := referring(w, reference{at: "projectIDRef", plain: "projectID"}, "project", "project-other", "project-composed")
	f := all["projectID"]
	f.changed, f.moved = refused, moved
	all["projectID"] = f
	for _, at := range []string{"projectIDRef.namespace", "projectIDSelector.namespace"} {
		f := all[at]
		f.still, f.added, f.changed, f.removed = true, same, same, same // Both lead to what the base needs.
		all[at] = f
	}
	return all
}

// maximally owned is what says all there is about a project.
func maximallyOwned(w world, o object) object {
	maps.Copy(o, object{
		"projectIDRef":      object{"name": "project", "namespace": w.namespace, "policy": object{"resolution": "Required", "resolve": "Always"}},
		"projectIDSelector": object{"matchLabels": object{"of": "project"}, "matchControllerRef": false, "namespace": w.namespace, "policy": object{"resolution": "Required", "resolve": "IfNotPresent"}},
	})
	return o
}

// ofProject is a reference to a project.
func ofProject() reference {
	return reference{at: "projectIDRef", selector: "projectIDSelector", plain: "projectID", kind: "Project"}
}

// sample project, as a Project that only looks.
func sample(name string) change {
	return change{
		"spec.managementPolicies": list{"Observe"}, "spec.forProvider": object{}, "metadata.labels": object{"of": name},
		"metadata.annotations": object{meta.AnnotationKeyExternalName: project},
	}
}

// projects for those who refer to some.
func (b *bench) projects(t *testing.T) {
	t.Helper()
	s, made := b.story(t, kinds()["Project"]), map[string]*unstructured.Unstructured{}
	for name, c := range map[string]change{
		"project":           sample("project"),
		"project-other":     {"metadata.labels": object{"of": "project-other"}},
		"project-composed":  sample("project-composed").with(change{"metadata.ownerReferences": composite}),
		"elsewhere/project": sample("project").with(change{"metadata.namespace": b.world.elsewhere}),
	} {
		made[name] = s.manifest(path.Base(name), c)
		s.create(made[name])
	}
	for name, o := range made {
		s.until(o, "it is ready", func() bool { return s.ready(o) })
		b.world.networks[name] = meta.GetExternalName(o)
	}
}
