package rest

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/metal-stack/metal-go/api/models"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// firewallRequest asks for a firewall: a machine with rules.
func firewallRequest(o metal.MachineOrder) *models.V1FirewallCreateRequest {
	m := machineRequest(o)
	return &models.V1FirewallCreateRequest{
		Name:               m.Name,
		Hostname:           m.Hostname,
		Description:        m.Description,
		Partitionid:        m.Partitionid,
		Projectid:          m.Projectid,
		Sizeid:             m.Sizeid,
		Imageid:            m.Imageid,
		Filesystemlayoutid: m.Filesystemlayoutid,
		SSHPubKeys:         m.SSHPubKeys,
		PlacementTags:      m.PlacementTags,
		Tags:               m.Tags,
		Networks:           m.Networks,
		Ips:                m.Ips,
		DNSServers:         m.DNSServers,
		NtpServers:         m.NtpServers,
		UserData:           m.UserData,
		FirewallRules:      rulesRequest(o.Rules),
	}
}

// machineRequest asks for a machine. It names none: metal-api strips the winner of
// its IPs if two ask for the same one.
func machineRequest(o metal.MachineOrder) *models.V1MachineAllocateRequest {
	r := &models.V1MachineAllocateRequest{
		Name:               o.Name,
		Hostname:           o.Hostname,
		Description:        value(o.Description),
		Partitionid:        &o.Partition,
		Projectid:          &o.ProjectID,
		Sizeid:             &o.Size,
		Imageid:            &o.Image,
		Filesystemlayoutid: value(o.FileSystemLayout),
		SSHPubKeys:         strs(o.SSHPublicKeys),
		PlacementTags:      strs(o.PlacementTags),
		Tags:               withTags(o.Marks, slices.Concat(o.Tags, o.PlacementTags)), // metal-api counts the tags of others.
		Networks:           []*models.V1MachineAllocationNetwork{networkIn(*o.PrivateNetworkID, true)},
		Ips:                []string{},
		DNSServers:         []*models.V1DNSServer{},
		NtpServers:         []*models.V1NTPServer{},
	}
	if len(o.UserData) > 0 {
		r.UserData = base64.StdEncoding.EncodeToString(o.UserData) // as metalctl does
	}
	for _, n := range o.Networks {
		r.Networks = append(r.Networks, networkIn(*n.NetworkID, n.AutoAcquire == nil || *n.AutoAcquire))
		r.Ips = append(r.Ips, strs(n.IPs)...)
	}
	slices.Sort(r.Ips)
	r.Ips = slices.Compact(r.Ips)
	for _, s := range o.DNSServers {
		ip := string(s)
		r.DNSServers = append(r.DNSServers, &models.V1DNSServer{IP: &ip})
	}
	for _, s := range o.NTPServers {
		address := string(s)
		r.NtpServers = append(r.NtpServers, &models.V1NTPServer{Address: &address})
	}
	return r
}

func networkIn(id string, acquire bool) *models.V1MachineAllocationNetwork {
	return &models.V1MachineAllocationNetwork{Networkid: &id, Autoacquire: &acquire}
}

// withTags of the user, and the marks, which nobody can overwrite.
func withTags(marks metal.Marks, users []v1alpha1.Tag) []string {
	tags := marks.Tags()
	for _, t := range users {
		if !strings.HasPrefix(string(t), metal.MarkPrefix) {
			tags = append(tags, string(t))
		}
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// rulesRequest is never nil: without rules all forwarding is dropped.
func rulesRequest(rules *v1alpha1.FirewallRules) *models.V1FirewallRules {
	out := &models.V1FirewallRules{Egress: []*models.V1FirewallEgressRule{}, Ingress: []*models.V1FirewallIngressRule{}}
	if rules == nil {
		return out
	}
	for _, r := range rules.Egress {
		out.Egress = append(out.Egress, &models.V1FirewallEgressRule{
			Comment:  r.Comment,
			Protocol: strings.ToLower(string(r.Protocol)),
			Ports:    convert(r.Ports, func(p v1alpha1.Port) int32 { return int32(p) }),
			To:       strs(r.To),
		})
	}
	for _, r := range rules.Ingress {
		out.Ingress = append(out.Ingress, &models.V1FirewallIngressRule{
			Comment:  r.Comment,
			Protocol: strings.ToLower(string(r.Protocol)),
			Ports:    convert(r.Ports, func(p v1alpha1.Port) int32 { return int32(p) }),
			From:     strs(r.From),
			To:       strs(r.To),
		})
	}
	return out
}
