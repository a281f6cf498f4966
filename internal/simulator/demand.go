package simulator

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// allocateRequest asks for a machine or a firewall.
type allocateRequest struct {
	UUID               string                `json:"uuid"`
	Name               string                `json:"name"`
	Description        string                `json:"description"`
	Hostname           string                `json:"hostname"`
	ProjectID          string                `json:"projectid"`
	PartitionID        string                `json:"partitionid"`
	SizeID             string                `json:"sizeid"`
	ImageID            string                `json:"imageid"`
	FilesystemLayoutID string                `json:"filesystemlayoutid"`
	SSHPubKeys         []string              `json:"ssh_pub_keys"`
	UserData           string                `json:"user_data"`
	Tags               []string              `json:"tags"`
	Networks           []networkWish         `json:"networks"`
	IPs                []string              `json:"ips"`
	DNSServers         []dnsServer           `json:"dns_servers"`
	NTPServers         []ntpServer           `json:"ntp_servers"`
	FirewallRules      *firewallRulesRequest `json:"firewall_rules"`
}

type networkWish struct {
	NetworkID   string `json:"networkid"`
	AutoAcquire *bool  `json:"autoacquire"`
}

// auto tells whether the machine gets an address of the network without naming one, as it does unless the wish says no.
func (w networkWish) auto() bool { return w.AutoAcquire == nil || *w.AutoAcquire }

// A demand is a request for a machine that is found to be in order as far as this can be said before a machine and its
// networks are looked at.
type demand struct {
	allocateRequest

	role   string
	image  string         // in full
	rules  *firewallRules // of a firewall
	wanted *row[machine]  // the machine of the request's uuid
}

func (c *call) demand(role string) (demand, error) {
	d := demand{role: role}
	if err := c.decode(&d.allocateRequest); err != nil {
		return d, err
	}
	c.entry.ID, c.entry.Project, c.entry.Name, c.entry.Marks = d.UUID, d.ProjectID, d.Name, d.Tags
	d.Hostname = cmp.Or(d.Hostname, "metal")

	for _, check := range []func(*demand) error{c.findWanted, c.resolve, checkWishes, checkKeys, c.admitProject, c.findLayout} {
		if err := check(&d); err != nil {
			return d, err
		}
	}
	return d, nil
}

// findWanted finds the machine of the request's uuid, whose size and partition go before those asked for.
func (c *call) findWanted(d *demand) error {
	if d.UUID == "" {
		return nil
	}
	found, err := c.machines.find(d.UUID)
	if err != nil {
		return badRequest(fmt.Errorf("uuid given but no machine found with uuid:%s err:%w", d.UUID, err))
	}
	d.wanted, d.SizeID, d.PartitionID = &found, found.value.size, found.value.partition
	return nil
}

// resolve finds what the request names, and reads the rules.
func (c *call) resolve(d *demand) error {
	if _, err := c.sizes.get(d.SizeID); err != nil {
		return badRequest(fmt.Errorf("size:%s not found err:%w", d.SizeID, err))
	}
	if _, err := c.partitions.get(d.PartitionID); err != nil {
		return badRequest(fmt.Errorf("partition:%s not found err:%w", d.PartitionID, err))
	}
	i, err := c.latestImage(d.ImageID)
	if err != nil {
		return badRequest(err)
	}
	if !slices.Contains(i.features, d.role) {
		return badRequest(fmt.Errorf("given image is not usable for a %s, features: %s", d.role, strings.Join(i.features, ", ")))
	}
	d.image = i.id
	if d.role == roleFirewall && d.FirewallRules != nil {
		if d.rules, err = d.FirewallRules.rules(); err != nil {
			return badRequest(err)
		}
	}
	return nil
}

// checkWishes checks the wanted networks and addresses in themselves.
func checkWishes(d *demand) error {
	switch {
	case d.Networks == nil:
		return badRequest(errors.New("network ids cannot be nil"))
	case len(d.Networks) == 0:
		return badRequest(errors.New("network ids cannot be empty"))
	}
	seen := map[string]bool{}
	without := 0
	for _, w := range d.Networks {
		if seen[w.NetworkID] {
			return badRequest(fmt.Errorf("network %q is given twice", w.NetworkID))
		}
		seen[w.NetworkID] = true
		if !w.auto() {
			without++
		}
	}
	for _, address := range d.IPs {
		if _, err := netip.ParseAddr(address); err != nil {
			return fmt.Errorf("%q is not a valid IP address", address)
		}
	}
	if without > len(d.IPs) {
		return errors.New("missing ip(s) for network(s) without automatic ip allocation")
	}
	return nil
}

func checkKeys(d *demand) error {
	for _, key := range d.SSHPubKeys {
		if _, _, _, _, err := ssh.ParseAuthorizedKey([]byte(key)); err != nil {
			return fmt.Errorf("invalid public SSH key: %s error:%w", key, err)
		}
	}
	return nil
}

// admitProject checks the project and its quota of machines, against which metal-api counts firewalls only.
func (c *call) admitProject(d *demand) error {
	if d.ProjectID == "" {
		return errors.New("project id must be specified")
	}
	p, err := c.project(d.ProjectID)
	if err != nil {
		return err
	}
	if p.quotas == nil || p.quotas.Machine == nil || p.quotas.Machine.Quota == nil {
		return nil
	}
	most := int(*p.quotas.Machine.Quota)
	have := c.machines.list(func(m machine) bool { return m.isFirewall() && m.allocation.project == p.id })
	if len(have) >= most {
		return fmt.Errorf("project quota for machines reached max:%d", most)
	}
	return nil
}

// findLayout finds the filesystem layout that is asked for, or one that suits. It is the last check before a machine is
// looked for.
func (c *call) findLayout(d *demand) error {
	if d.FilesystemLayoutID != "" {
		_, err := c.layouts.get(d.FilesystemLayoutID)
		return err
	}
	l, err := c.layoutFor(d.SizeID, d.image)
	d.FilesystemLayoutID = l.id
	return err
}
