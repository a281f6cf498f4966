package machine

import (
	"context"
	"fmt"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/allocation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const (
	reasonReinstallNeeded = "ReinstallNeeded"
	reasonReinstalled     = "Reinstalled"

	// toReinstall is what the step attempts.
	toReinstall = "reinstall a machine"
)

// Consents is the annotation that a person consents to a reinstallation by.
func (k Kind) Consents() string { return v1alpha1.AnnotationReinstall }

// reinstalled is when a machine was, if it has the image of its spec.
func reinstalled(mg *v1alpha1.Machine, m *metal.Machine) string {
	if !allocation.IsImage(mg.Spec.ForProvider.Image, m.Image) {
		return ""
	}
	return memory.Of(mg).StepBefore()
}

// Step that gives a machine the image of its spec: a reinstallation. A person consents
// to that of this allocation, with this image: who copies annotations to another
// machine has consented to nothing, nor has who names another image later.
func (k Kind) Step(mg *v1alpha1.Machine, m *metal.Machine) *controller.Step {
	image := mg.Spec.ForProvider.Image
	if image == "" || allocation.IsImage(image, m.Image) {
		return nil
	}
	return &controller.Step{
		Differs:   fmt.Sprintf("image is %s on the machine and %s in the spec: it must be reinstalled", m.Image, image),
		Destroys:  "wipes its disks",
		Consent:   m.AllocationUUID + "/" + image,
		Reason:    reasonReinstallNeeded,
		Taken:     reasonReinstalled,
		Done:      fmt.Sprintf("Machine %s is being reinstalled with image %s: its disks are wiped", m.ID, image),
		Before:    allocation.Moment(m),
		Meanwhile: allocation.Reinstalling(k.Noun(), m),
	}
}

// Check that the step can be taken.
func (k Kind) Check(ctx context.Context, s metal.Stack, mg *v1alpha1.Machine, m *metal.Machine) error {
	_, err := k.imageOf(ctx, s, mg, m)
	return err
}

// Take the step: reinstall a machine.
func (k Kind) Take(ctx context.Context, s metal.Stack, mg *v1alpha1.Machine, m *metal.Machine) error {
	image, err := k.imageOf(ctx, s, mg, m)
	if err != nil {
		return metal.Refuse(toReinstall, err.Error())
	}
	return errors.Wrap(s.ReinstallMachine(ctx, m.ID, image.ID), "the machine is not reinstalled")
}

// imageOf a machine that can be reinstalled with it.
func (k Kind) imageOf(ctx context.Context, s metal.Stack, mg *v1alpha1.Machine, m *metal.Machine) (*metal.Image, error) {
	if text := allocation.Locked(m, "reinstalled"); text != "" {
		return nil, errors.New(text)
	}
	image, err := allocation.ImageFor(ctx, s, metal.MachineRoleMachine, mg.Spec.ForProvider.Image)
	if err != nil {
		return nil, err
	}
	layout, err := s.FileSystemLayout(ctx, m.FileSystemLayout)
	switch {
	case err != nil:
		return nil, err
	case !layout.Wipes:
		return nil, errors.Errorf("machine %s has the file system layout %s, which wipes no disk on a reinstallation: metal-api reinstalls no such machine; free it and create another", m.ID, layout.ID)
	}
	return image, nil
}
