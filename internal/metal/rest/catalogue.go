package rest

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/metal-stack/metal-go/api/client/filesystemlayout"
	"github.com/metal-stack/metal-go/api/client/image"
	"github.com/metal-stack/metal-go/api/client/partition"
	"github.com/metal-stack/metal-go/api/client/size"
	"github.com/metal-stack/metal-go/api/client/user"
	"github.com/metal-stack/metal-go/api/client/version"
	"github.com/metal-stack/metal-go/api/models"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Role of the user: the highest of its groups, such as maas-all-all-edit.
func (s *stack) Role(ctx context.Context) (metal.Role, error) {
	const what = "read the user's role"
	me, err := s.api.User.GetMe(user.NewGetMeParamsWithContext(ctx), nil)
	if err != nil {
		return metal.RoleNone, attempted(what, err)
	}
	return roleOf(me.Payload.Groups), nil
}

func roleOf(groups []string) metal.Role {
	for _, role := range []metal.Role{metal.RoleAdmin, metal.RoleEdit, metal.RoleView} {
		for _, g := range groups {
			if g == "maas-all-all-"+string(role) || g == "k8s_kaas-"+string(role) {
				return role
			}
		}
	}
	return metal.RoleNone
}

// Version of the metal-api.
func (s *stack) Version(ctx context.Context) (string, error) {
	const what = "read the version of the metal-api"
	info, err := s.api.Version.Info(version.NewInfoParamsWithContext(ctx), nil)
	if err != nil {
		return "", attempted(what, err)
	}
	v := value(info.Payload.Version)
	if v == "" {
		return "", attempted(what, misdirected(0, "the answer names no version: "+checkURL))
	}
	return v, nil
}

// Partition of that id.
func (s *stack) Partition(ctx context.Context, id string) (*metal.Partition, error) {
	what := "find partition " + id
	if err := checkID("partition", id); err != nil {
		return nil, attempted(what, err)
	}
	p, err := s.api.Partition.FindPartition(partition.NewFindPartitionParamsWithContext(ctx).WithID(id), nil)
	if err != nil {
		return nil, attempted(what, err)
	}
	if err := same("partition", id, p.Payload.ID); err != nil {
		return nil, attempted(what, err)
	}
	found := partitionOf(p.Payload)
	return &found, nil
}

// Partitions of the metal-stack.
func (s *stack) Partitions(ctx context.Context) ([]metal.Partition, error) {
	what := "list the partitions"
	ok, err := s.api.Partition.ListPartitions(partition.NewListPartitionsParamsWithContext(ctx), nil)
	if err != nil {
		return nil, attempted(what, err)
	}
	all := make([]metal.Partition, 0, len(ok.Payload))
	for _, p := range ok.Payload {
		if p == nil || value(p.ID) == "" {
			return nil, attempted(what, misdirected(http.StatusOK, "the answer is none that metal-api gives: "+checkURL))
		}
		all = append(all, partitionOf(p))
	}
	return all, nil
}

func partitionOf(p *models.V1PartitionResponse) metal.Partition {
	return metal.Partition{ID: value(p.ID), Created: time.Time(p.Created).UTC().Format(time.RFC3339Nano)}
}

// Capacity of a partition in machines of a size.
func (s *stack) Capacity(ctx context.Context, id, size, projectID string) (*metal.Capacity, error) {
	what := "read the capacity of partition " + id
	for noun, id := range map[string]string{"partition": id, "size": size, "project": projectID} {
		if err := checkID(noun, id); err != nil {
			return nil, attempted(what, err)
		}
	}
	body := &models.V1PartitionCapacityRequest{ID: id, Sizeid: size, Projectid: &projectID}
	ok, err := s.api.Partition.PartitionCapacity(partition.NewPartitionCapacityParamsWithContext(ctx).WithBody(body), nil)
	if err != nil {
		return nil, attempted(what, err)
	}
	out := &metal.Capacity{} // What has no machines is left out.
	for _, p := range ok.Payload {
		if p == nil || value(p.ID) != id {
			return nil, attempted(what, misdirected(http.StatusOK, "the answer is of other partitions: "+checkURL))
		}
		for _, c := range p.Servers {
			if c != nil && value(c.Size) == size {
				out.Total, out.Allocated, out.Unavailable = int(c.Total), int(c.Allocated), int(c.Unavailable)
				out.Allocatable, out.Reserved, out.Free = int(c.Allocatable), int(c.Remainingreservations), int(c.Free)
			}
		}
	}
	return out, nil
}

// SizeExists is nil if there is such a size.
func (s *stack) SizeExists(ctx context.Context, id string) error {
	what := "find size " + id
	if err := checkID("size", id); err != nil {
		return attempted(what, err)
	}
	z, err := s.api.Size.FindSize(size.NewFindSizeParamsWithContext(ctx).WithID(id), nil)
	if err != nil {
		return attempted(what, err)
	}
	if err := same("size", id, z.Payload.ID); err != nil {
		return attempted(what, err)
	}
	return nil
}

// Image that an id stands for today: metal-api resolves ids in full and in
// short alike, as it does in an allocate.
func (s *stack) Image(ctx context.Context, id string) (*metal.Image, error) {
	what := "find image " + id
	if err := checkID("image", id); err != nil {
		return nil, attempted(what, err)
	}
	i, err := s.api.Image.FindLatestImage(image.NewFindLatestImageParamsWithContext(ctx).WithID(id), nil)
	if err != nil {
		return nil, attempted(what, err)
	}
	full := value(i.Payload.ID)
	if os, _, _ := strings.Cut(id, "."); full == "" || !strings.HasPrefix(full, os) {
		return nil, attempted(what, misdirected(0, "the answer is of image \""+full+"\": "+checkURL))
	}
	return &metal.Image{ID: full, Features: sorted(i.Payload.Features)}, nil
}

// FileSystemLayout of that id.
func (s *stack) FileSystemLayout(ctx context.Context, id string) (*metal.FileSystemLayout, error) {
	what := "find file system layout " + id
	if err := checkID("file system layout", id); err != nil {
		return nil, attempted(what, err)
	}
	l, err := s.api.Filesystemlayout.GetFilesystemLayout(filesystemlayout.NewGetFilesystemLayoutParamsWithContext(ctx).WithID(id), nil)
	if err != nil {
		return nil, attempted(what, err)
	}
	if err := same("file system layout", id, l.Payload.ID); err != nil {
		return nil, attempted(what, err)
	}
	wipes := slices.ContainsFunc(l.Payload.Disks, func(d *models.V1Disk) bool { return d != nil && value(d.Wipeonreinstall) })
	return &metal.FileSystemLayout{ID: id, Wipes: wipes}, nil
}

// same is an error if an answer is of another object than the asked one.
func same(what, asked string, answered *string) error {
	if got := value(answered); got != asked {
		return misdirected(0, "the answer is of "+what+" \""+got+"\": "+checkURL)
	}
	return nil
}
