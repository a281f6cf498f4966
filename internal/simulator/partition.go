package simulator

import (
	"fmt"
	"slices"
	"time"
)

type partition struct {
	id, name, description string
	created, changed      time.Time
}

type bootConfiguration struct {
	ImageURL    string `json:"imageurl"`
	KernelURL   string `json:"kernelurl"`
	CommandLine string `json:"commandline"`
}

type partitionResponse struct {
	ID                 string            `json:"id"`
	Name               string            `json:"name"`
	Description        string            `json:"description"`
	BootConfig         bootConfiguration `json:"bootconfig"`
	MgmtServiceAddress string            `json:"mgmtserviceaddress"`
	Labels             map[string]string `json:"labels"`
	Created            time.Time         `json:"created"`
	Changed            time.Time         `json:"changed"`
}

func (p partition) response() *partitionResponse {
	return &partitionResponse{ID: p.id, Name: p.name, Description: p.description, Labels: map[string]string{}, Created: p.created, Changed: p.changed}
}

func findPartition(c *call) (any, error) {
	p, err := c.partitions.get(c.path("id"))
	if err != nil {
		return nil, err
	}
	return p.response(), nil
}

func listPartitions(c *call) (any, error) {
	all := []*partitionResponse{}
	for _, p := range c.partitions.list(nil) {
		all = append(all, p.response())
	}
	return all, nil
}

type size struct {
	id, name, description string
	constraints           []sizeConstraint
	created, changed      time.Time
}

type sizeConstraint struct {
	Type string `json:"type"`
	Min  uint64 `json:"min,omitempty"`
	Max  uint64 `json:"max,omitempty"`
}

type sizeResponse struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Constraints []sizeConstraint  `json:"constraints"`
	Labels      map[string]string `json:"labels"`
	Created     time.Time         `json:"created"`
	Changed     time.Time         `json:"changed"`
}

func (s size) response() *sizeResponse {
	return &sizeResponse{
		ID: s.id, Name: s.name, Description: s.description, Constraints: s.constraints, Labels: map[string]string{},
		Created: s.created, Changed: s.changed,
	}
}

func findSize(c *call) (any, error) {
	s, err := c.sizes.get(c.path("id"))
	if err != nil {
		return nil, err
	}
	return s.response(), nil
}

func listSizes(c *call) (any, error) {
	all := []*sizeResponse{}
	for _, s := range c.sizes.list(nil) {
		all = append(all, s.response())
	}
	return all, nil
}

// layout is a filesystem layout. Only mini-lab's default one is simulated.
type layout struct {
	id, name, description string
	sizes                 []string
	systems               []string // the images that it suits, in all versions
}

// layoutFor returns a layout that suits the size and the image.
func (s *stack) layoutFor(size, image string) (layout, error) {
	system, _, _ := splitImage(image) // an image's id was checked when it was created
	suitable := s.layouts.list(func(l layout) bool { return slices.Contains(l.sizes, size) && slices.Contains(l.systems, system) })
	if len(suitable) == 0 {
		return layout{}, fmt.Errorf("could not find a matching filesystemLayout for size:%s and image:%s", size, image)
	}
	return suitable[0], nil
}

type layoutResponse struct {
	ID             string           `json:"id"`
	Name           string           `json:"name"`
	Description    string           `json:"description"`
	Filesystems    []map[string]any `json:"filesystems"`
	Disks          []map[string]any `json:"disks"`
	Raid           []map[string]any `json:"raid"`
	VolumeGroups   []map[string]any `json:"volumegroups"`
	LogicalVolumes []map[string]any `json:"logicalvolumes"`
	Constraints    map[string]any   `json:"constraints"`
}

func (l layout) response() *layoutResponse {
	images := map[string]string{}
	for _, system := range l.systems {
		images[system] = "*"
	}
	return &layoutResponse{
		ID: l.id, Name: l.name, Description: l.description,
		Filesystems: []map[string]any{
			{"path": "/boot/efi", "device": "/dev/sda1", "format": "vfat", "label": "efi", "mountoptions": []string{}, "createoptions": []string{"-F 32"}},
			{"path": "/", "device": "/dev/sda2", "format": "ext4", "label": "root", "mountoptions": []string{}, "createoptions": []string{}},
		},
		Disks: []map[string]any{{"device": "/dev/sda", "wipeonreinstall": true, "partitions": []map[string]any{
			{"number": 1, "label": "efi", "size": 500, "gpttype": "ef00"},
			{"number": 2, "label": "root", "size": 5000, "gpttype": "8300"},
		}}},
		Raid: []map[string]any{}, VolumeGroups: []map[string]any{}, LogicalVolumes: []map[string]any{},
		Constraints: map[string]any{"sizes": l.sizes, "images": images},
	}
}

func getFilesystemLayout(c *call) (any, error) {
	l, err := c.layouts.get(c.path("id"))
	if err != nil {
		return nil, err
	}
	return l.response(), nil
}
