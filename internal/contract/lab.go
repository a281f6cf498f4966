package contract

import (
	"context"
	"net/http"
	"strings"

	"github.com/google/uuid"
)

// A lab holds the objects that several rows look at: an installation takes minutes on real machines. Each is made
// when a row first asks for it, and freed when a row needs all machines, or at the end.
type lab struct {
	suite *Suite
	keep  *check
	fw    *firewallOnShow
	gone  *freedFirewall
	net   *network
	other *project
}

// A firewallOnShow is a firewall as it was asked for, as its allocate answered, and where to find it.
type firewallOnShow struct {
	network network
	asked   object
	created machine
	mark    string
}

// keeper returns the check that remembers the shared objects; the failure to make one is that of the row that asked.
func (l *lab) keeper(c *check) *check {
	if l.keep == nil {
		l.keep = &check{suite: l.suite, ctx: context.WithoutCancel(c.ctx)}
	}

	return l.keep
}

// close frees all shared objects. Rows that ask for one later get a new one.
func (l *lab) close() {
	keep := l.keep
	l.keep, l.fw, l.gone, l.net, l.other = nil, nil, nil, nil, nil
	if keep == nil {
		return
	}
	if reasons := keep.undo(); len(reasons) > 0 {
		panic(failure(strings.Join(reasons, "\n")))
	}
}

// private returns a shared, empty IPv4 network: one that cannot be half freed.
func (c *check) private() network {
	l := c.suite.lab
	if l.net == nil {
		n := l.keeper(c).network(object{"addressfamily": "IPv4"})
		l.net = &n
	}

	return *l.net
}

// onShow returns the shared firewall, whatever it is doing at the moment.
func (c *check) onShow() firewallOnShow {
	l := c.suite.lab
	if l.fw != nil {
		return *l.fw
	}

	c.waiting(1)
	keep := l.keeper(c)

	fw := firewallOnShow{network: keep.network(nil), mark: markKey + "=" + uuid.NewString()}
	fw.asked = firewallBody(fw.network.ID).with(object{
		"description":  "made by the contract suite",
		"ssh_pub_keys": nil,
		"user_data":    "Y29udHJhY3Q=",
		"tags": []string{
			"plain", "empty=", "k=v", "k=w", fw.mark, "machine.metal-stack.io/rack=mine",
		},
		"firewall_rules": object{
			"egress": []object{
				{"comment": "dns", "ports": []int{53}, "protocol": "UDP", "to": []string{"0.0.0.0/0"}},
				{"comment": "https", "ports": []int{443}, "to": []string{"0.0.0.0/0"}},
			},
			"ingress": []object{
				{"comment": "ssh", "ports": []int{22}, "protocol": "TCP", "from": []string{"0.0.0.0/0"}, "to": []string{}},
			},
		},
	})
	fw.created = keep.firewall(fw.asked)
	l.fw = &fw

	return fw
}

// otherProject returns a shared second project.
func (c *check) otherProject() project {
	l := c.suite.lab
	if l.other == nil {
		p := l.keeper(c).project(nil)
		l.other = &p
	}

	return *l.other
}

// project creates a project of the sample project's tenant; it is deleted when the check is over.
func (c *check) project(fields object) project {
	sample := decode[project](c, c.get("/v1/project/"+labProject), http.StatusOK)
	body := object{"name": unique("project"), "description": unique("project"), "tenant_id": sample.TenantID}

	p := decode[project](c, c.put("/v1/project", body.with(fields)), http.StatusCreated)
	c.later(func(c *check) {
		if a := c.remove("/v1/project/" + p.Meta.ID); a.status != http.StatusNotFound {
			c.status(a, http.StatusOK)
		}
	})

	return p
}
