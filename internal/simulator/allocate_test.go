package simulator

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// metal-api counts a project's firewalls against its quota of machines.
func TestQuota(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	project := l.want(http.StatusCreated, http.MethodPut, "/metal/v1/project", object{
		"name": "small", "tenant_id": tenant, "quotas": object{"machine": object{"quota": 1}},
	})["meta"].(object)["id"]
	net := networkBody()
	net["projectid"] = project
	body := firewallBody(l.want(http.StatusCreated, http.MethodPost, "/metal/v1/network/allocate", net)["id"].(string))
	body["projectid"] = project

	l.want(http.StatusOK, http.MethodPost, allocateFirewallPath, body)
	status, text := l.send(t.Context(), http.MethodPost, allocateFirewallPath, body)
	if status != http.StatusUnprocessableEntity || !strings.Contains(text, "quota for machines reached max:1") {
		t.Errorf("want the quota to be reached, got %d %s", status, text)
	}
}

// One static IP may be given to two firewalls. Each free takes only its own tag away.
func TestSharedAddress(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	address := l.want(http.StatusCreated, http.MethodPost, "/metal/v1/ip/allocate", object{
		"networkid": "internet-mini-lab", "projectid": sampleProject, "type": static, "tags": []string{"mine"},
	})["ipaddress"].(string)
	body := firewallBody(l.network(), "internet-mini-lab")
	body["ips"] = []string{address}
	var ids []string
	for range 2 {
		ids = append(ids, l.want(http.StatusOK, http.MethodPost, allocateFirewallPath, body)["id"].(string))
	}

	tags := func() string {
		i, err := l.stack.Load().ips.get(address)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(slices.Sorted(slices.Values(i.tags)), " ")
	}
	slices.Sort(ids)
	if got, want := tags(), attachment(ids[0])+" "+attachment(ids[1])+" mine"; got != want {
		t.Errorf("want %s, got %s", want, got)
	}
	l.want(http.StatusOK, http.MethodDelete, "/metal/v1/machine/"+ids[0]+"/free", nil)
	l.await("the first firewall to let go", func() bool { return tags() == attachment(ids[1])+" mine" })
}
