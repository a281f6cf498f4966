package controller_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// readyProject is there.
func (w *world) readyProject(p *v1alpha1.Project) *v1alpha1.Project {
	w.t.Helper()
	w.create(p)
	w.until("the project is ready", func() bool { return ready(p) }, p)
	return p
}

// projectAsIs at metal-api.
func (w *world) projectAsIs(id string) (out struct {
	Meta struct {
		Labels      []string          `json:"labels"`
		Annotations map[string]string `json:"annotations"`
		Version     int               `json:"version"`
	} `json:"meta"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Quotas      map[string]struct {
		Quota int `json:"quota"`
	} `json:"quotas"`
},
) {
	w.t.Helper()
	w.ask(http.MethodGet, "/v1/project/"+id, "", &out)
	return out
}

// A project is created once, under an id of its own, changed without a loss to what
// others wrote, and deleted when it owns nothing any more.
func TestProject(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.readyProject(newProject("p", func(p *v1alpha1.Project) {
		p.Spec.ForProvider.Labels = v1alpha1.ProjectLabels{"team=storage"}
		p.Spec.ForProvider.Quotas = &v1alpha1.ProjectQuotas{Machines: new(int32(3)), IPs: new(int32(7))}
	}))
	id := meta.GetExternalName(p)
	if id != string(p.GetUID()) || p.Status.AtProvider.ID != id || p.Status.AtProvider.TenantID != tenant || p.Status.AtProvider.Name != "p" {
		t.Errorf("want the uid for an id, got %s, %+v", id, p.Status.AtProvider)
	}

	// metalctl replaces all that it does not name.
	is := w.projectAsIs(id)
	w.ask(http.MethodPost, "/v1/project", `{"meta": {"id": "`+id+`", "version": 0, "labels": ["theirs"], "annotations": {"a": "b"}}, "name": "p", "tenant_id": "metal-stack", "quotas": {"project": {"quota": 2}}}`, nil)
	if is.Meta.Version != 0 {
		t.Fatalf("want the first version, got %d", is.Meta.Version)
	}
	edit(w, p, func(p *v1alpha1.Project) {
		p.Spec.ForProvider.Description, p.Spec.ForProvider.Labels = new("of storage"), v1alpha1.ProjectLabels{"team=web"}
		p.Spec.ForProvider.Quotas = &v1alpha1.ProjectQuotas{Machines: new(int32(4))}
	})
	w.reconcile(p)
	is = w.projectAsIs(id)
	quotas := map[string]int{}
	for name, q := range is.Quotas {
		if q.Quota > 0 {
			quotas[name] = q.Quota
		}
	}
	if diff := cmp.Diff(map[string]int{"machine": 4, "project": 2}, quotas); diff != "" {
		t.Errorf("want the quotas of the spec, and that of others:\n%s", diff)
	}
	for _, l := range []string{"theirs", "team=web", metal.MarkUID + "=" + id} {
		if !slices.Contains(is.Meta.Labels, l) {
			t.Errorf("want the label %s, got %q", l, is.Meta.Labels)
		}
	}
	if slices.Contains(is.Meta.Labels, "team=storage") || is.Meta.Annotations["a"] != "b" || is.Description != "of storage" || is.Name != "p" {
		t.Errorf("want it as the spec says, and what others wrote, got %+v", is)
	}
	w.sim.ClearJournal()
	version := p.GetResourceVersion()
	w.reconcile(p)
	if got := w.writes("updateProject"); got != 0 || p.GetResourceVersion() != version {
		t.Errorf("want it at rest, got %d updates", got)
	}

	i := w.readyIP(newIP("i", func(i *v1alpha1.IP) { i.Spec.ForProvider.ProjectID = id }))
	w.delete(p)
	w.reconcile(p)
	if got := w.message(p); !strings.Contains(got, "waits for IP default/i, which was made for it") || w.gone(p) {
		t.Errorf("want it to wait for the IP, got %q", got)
	}
	theirs := struct {
		Address string `json:"ipaddress"`
	}{}
	w.ask(http.MethodPost, "/v1/ip/allocate", `{"networkid":"`+internet+`","projectid":"`+id+`","type":"static"}`, &theirs)
	w.delete(i)
	w.until("the IP is gone", func() bool { return w.gone(i) }, i)
	w.reconcile(p)
	if got := w.message(p); !strings.Contains(got, "there are still ips allocated by this project (IPs "+theirs.Address+")") || w.gone(p) {
		t.Errorf("want it to wait for what it owns, got %q", got)
	}
	if err := w.stack().FreeIP(t.Context(), theirs.Address); err != nil {
		t.Fatal(err)
	}
	w.until("the project is gone", func() bool { return w.gone(p) }, p)
	if found, err := w.stack().Project(t.Context(), id); err != nil || found != nil {
		t.Errorf("want none left, got %+v, %v", found, err)
	}
}

// What others write between the look and the update is kept: metal-api's update would
// replace it.
func TestProjectChangedBeforeUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.readyProject(newProject("p"))
	id := meta.GetExternalName(p)
	edit(w, p, func(p *v1alpha1.Project) {
		p.Spec.ForProvider.Labels = v1alpha1.ProjectLabels{"team=storage"}
		p.Spec.ForProvider.Quotas = &v1alpha1.ProjectQuotas{Machines: new(int32(4))}
	})
	looks := 0
	w.between = func() {
		if looks++; looks != 2 { // That of the update, after that of the observation.
			return
		}
		is := w.projectAsIs(id)
		w.ask(http.MethodPost, "/v1/project", fmt.Sprintf(`{"meta": {"id": %q, "version": %d, "labels": ["theirs", %q]}, "name": "p", "tenant_id": "metal-stack", "quotas": {"ip": {"quota": 2}}}`,
			id, is.Meta.Version, metal.MarkUID+"="+id), nil)
	}
	w.reconcile(p)
	is := w.projectAsIs(id)
	for _, l := range []string{"theirs", "team=storage"} {
		if !slices.Contains(is.Meta.Labels, l) {
			t.Errorf("want the label %s, got %q", l, is.Meta.Labels)
		}
	}
	if is.Quotas["machine"].Quota != 4 || is.Quotas["ip"].Quota != 2 {
		t.Errorf("want both quotas, got %+v", is.Quotas)
	}
	if got := w.message(p); got != "" {
		t.Errorf("want nothing to say, got %q", got)
	}
}

// Only an admin may: it is said before anything is asked for.
func TestProjectOfNoAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	there := w.readyProject(newProject("there"))
	w.role = v1alpha1.HMACAuthTypeEdit
	p := newProject("p")
	w.create(p)
	w.delete(there)
	w.sim.ClearJournal()
	for what, o := range map[string]*v1alpha1.Project{"create": p, "delete": there} {
		w.reconcile(o)
		if got := w.message(o); !strings.Contains(got, "metal-api lets only an admin "+what+" projects") {
			t.Errorf("want it said, got %q", got)
		}
	}
	if got := w.touched(); len(got) != 0 {
		t.Errorf("want nothing asked for, got %q", got)
	}
	w.role = v1alpha1.HMACAuthTypeAdmin
	w.until("the project is ready", func() bool { return ready(p) }, p)
	w.until("the other one is gone", func() bool { return w.gone(there) }, there)
}

// An answer that is lost makes no second project, nor does a tenant that there is not
// make one at all.
func TestProjectOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sim.AddFault(simulator.Fault{Operation: "createProject", Count: 1, Drop: simulator.After})
	w.readyProject(newProject("p"))
	if got := w.writes("createProject"); got != 1 {
		t.Errorf("want one create, got %d", got)
	}

	typo := newProject("typo", func(p *v1alpha1.Project) { p.Spec.ForProvider.TenantID = "metal-stuck" })
	w.create(typo)
	w.reconcile(typo)
	if got := w.message(typo); !strings.Contains(got, "unable to find tenant:metal-stuck for project: correct tenantID") {
		t.Errorf("want it said, got %q", got)
	}
	edit(w, typo, func(p *v1alpha1.Project) { p.Spec.ForProvider.TenantID = tenant })
	w.until("it is ready once it is corrected", func() bool { return ready(typo) }, typo)
}

// Who finds the id taken, by what carries its mark, takes that: a create that was
// thought to have failed came true. By anything else: it is refused.
func TestProjectRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, s := t.Context(), w.stack()
	order := metal.ProjectOrder{ProjectParameters: v1alpha1.ProjectParameters{TenantID: tenant}, Name: "p", Marks: metal.Marks{UID: "one", Resource: "default/p"}}
	for range 2 {
		if p, err := s.CreateProject(ctx, order); err != nil || p.ID != "one" || p.Marks.UID != "one" {
			t.Fatalf("want it, got %+v, %v", p, err)
		}
	}
	order.Marks.UID = project
	if _, err := s.CreateProject(ctx, order); metal.KindOf(err) != metal.Conflict || !metal.NothingMade(err) {
		t.Errorf("want it refused, got %v", err)
	}
}

// A resource names its project by a reference: it waits for that, is of it, and keeps it
// although the reference leads elsewhere later. A project waits for who was made for it.
func TestOfProject(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := newNetwork("n", func(n *v1alpha1.Network) {
		n.Spec.ForProvider.ProjectID, n.Spec.ForProvider.ProjectIDRef = "", &v1alpha1.Reference{Name: "one"}
	})
	w.create(n)
	w.reconcile(n)
	if got := w.message(n); !strings.Contains(got, "waiting for Project one: there is none") {
		t.Errorf("want it to wait, got %q", got)
	}
	one, two := w.readyProject(newProject("one")), w.readyProject(newProject("two"))
	w.until("the network is ready", func() bool { return ready(n) }, n)
	f := newFirewall("f", meta.GetExternalName(n), func(f *v1alpha1.Firewall) {
		f.Spec.ForProvider.ProjectID, f.Spec.ForProvider.ProjectIDRef = "", &v1alpha1.Reference{Name: "one"}
	})
	i := newIP("i", func(i *v1alpha1.IP) {
		i.Spec.ForProvider.ProjectID, i.Spec.ForProvider.ProjectIDRef = "", &v1alpha1.Reference{Name: "one"}
	})
	w.create(f)
	w.create(i)
	w.until("all are ready", func() bool { return ready(f) && ready(i) }, f, i)
	id := meta.GetExternalName(one)
	if n.Status.AtProvider.ProjectID != id || f.Status.AtProvider.ProjectID != id || i.Status.AtProvider.ProjectID != id || n.Spec.ForProvider.ProjectID != "" {
		t.Errorf("want them of project %s, got %+v, %+v, %+v", id, n.Status.AtProvider, f.Status.AtProvider, i.Status.AtProvider)
	}

	edit(w, n, func(n *v1alpha1.Network) { n.Spec.ForProvider.ProjectIDRef.Name = "two" })
	w.reconcile(n)
	if got, other := w.message(n), meta.GetExternalName(two); !strings.Contains(got, "projectID is "+id+" on the network and "+other+" in the spec") || !ready(n) {
		t.Errorf("want the change said, got %q", got)
	}
	edit(w, n, func(n *v1alpha1.Network) { n.Spec.ForProvider.ProjectIDRef.Name = "one" })
	w.upToDate(n)

	w.delete(one)
	w.reconcile(one)
	if got := w.message(one); !strings.Contains(got, "waits for Network default/n, Firewall default/f and IP default/i, which were made for it") {
		t.Errorf("want it to wait for them, got %q", got)
	}
	for _, mg := range []metalResource{f, i, n} {
		w.delete(mg)
		w.until("it is gone", func() bool { return w.gone(mg) }, mg)
	}
	w.until("the project is gone", func() bool { return w.gone(one) }, one)
}
