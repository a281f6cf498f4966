package allocation

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"golang.org/x/crypto/ssh"
	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

var hostname = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// Prepare an allocate. One that is refused late is rolled back on a machine that
// others could have had meanwhile, so everything that can be read is read first.
func (k *Kind[T]) Prepare(ctx context.Context, s metal.Stack, mg T, marks metal.Marks) (controller.Allocate[metal.Machine], error) {
	a := mg.Allocation()
	p := canonical.Parameters(a.AllocationParameters)
	order := metal.MachineOrder{
		AllocationParameters: *p,
		Role:                 k.role.Name,
		Image:                a.Image,
		Name:                 ptr.Deref(p.Name, mg.GetName()),
		Hostname:             ptr.Deref(p.Hostname, mg.GetName()),
		Marks:                marks,
	}
	if !hostname.MatchString(order.Hostname) {
		return nil, errors.Errorf("%q cannot be a hostname: set hostname to at most 63 lower case letters, digits and -", order.Hostname)
	}
	for i, key := range p.SSHPublicKeys {
		if _, _, _, _, err := ssh.ParseAuthorizedKey([]byte(key)); err != nil {
			return nil, errors.Errorf("sshPublicKeys[%d] is not a public key as in an authorized_keys file", i)
		}
	}
	if err := k.catalogued(ctx, s, p, a.Image); err != nil {
		return nil, err
	}
	joins, err := k.joinable(ctx, s, p)
	if err != nil {
		return nil, err
	}
	if err := k.role.Order(mg, joins, &order); err != nil {
		return nil, err
	}
	shares := ""
	if k.role.Shares != nil {
		if shares, err = k.role.Shares(ctx, mg); err != nil {
			return nil, err
		}
	}
	switch text, err := given(ctx, s, p, shares); {
	case err != nil:
		return nil, err
	case text != "":
		return nil, errors.New(text)
	}
	if text := halfGiven(p, joins[1:]); text != "" {
		return nil, errors.New(text)
	}
	if order.UserData, err = k.userData(ctx, mg); err != nil {
		return nil, err
	}
	w := wish{address: s.Address(), partition: p.Partition, size: p.Size, projectID: p.ProjectID}
	if err := k.capacities.room(ctx, s, w, mg.GetUID()); err != nil {
		return nil, err
	}
	return k.desk.giving(s, p, shares, func(ctx context.Context) (*metal.Machine, error) { return s.AllocateMachine(ctx, order) }), nil
}

// catalogued is nil if project, size, image and layout are there.
func (k *Kind[T]) catalogued(ctx context.Context, s metal.Stack, p *v1alpha1.AllocationParameters, imageID string) error {
	if err := controller.ProjectExists(ctx, s, p.ProjectID); err != nil {
		return err
	}
	if err := s.SizeExists(ctx, p.Size); err != nil {
		return err
	}
	if _, err := ImageFor(ctx, s, k.role.Name, imageID); err != nil {
		return err
	}
	if p.FileSystemLayout != nil {
		_, err := s.FileSystemLayout(ctx, *p.FileSystemLayout)
		return err
	}
	return nil
}

// ImageFor machines in a role, of an id in full or short.
func ImageFor(ctx context.Context, s metal.Stack, role metal.MachineRole, id string) (*metal.Image, error) {
	image, err := s.Image(ctx, id)
	if err != nil {
		return nil, err
	}
	if feature := string(role); !slices.Contains(image.Features, feature) {
		return nil, errors.Errorf("image %s is not for %ss (its features: %s): choose one with the feature %s", id, feature, strings.Join(image.Features, ", "), feature)
	}
	return image, nil
}

// joinable returns the networks of a machine, if it may join all of them.
func (k *Kind[T]) joinable(ctx context.Context, s metal.Stack, p *v1alpha1.AllocationParameters) ([]metal.Network, error) {
	private := ptr.Deref(p.PrivateNetworkID, "")
	if private == "" {
		return nil, errors.New("privateNetworkID is not set: name the private network by privateNetworkID, privateNetworkIDRef or privateNetworkIDSelector")
	}
	var all []metal.Network
	seen := map[string]bool{}
	for i, id := range append([]string{private}, others(p)...) {
		if seen[id] {
			return nil, errors.Errorf("network %s is named twice: name it once", id)
		}
		seen[id] = true
		n, err := s.Network(ctx, id)
		if err != nil {
			return nil, err
		}
		if text := unjoinable(k.Noun(), p, id, n, i == 0); text != "" {
			return nil, errors.New(text)
		}
		all = append(all, *n)
	}
	return all, nil
}

// unjoinable says why a machine cannot join a network, as its private one or
// beside it.
func unjoinable(noun string, p *v1alpha1.AllocationParameters, id string, n *metal.Network, private bool) string {
	switch {
	case n == nil:
		return fmt.Sprintf("there is no network %s: correct its id", id)
	case n.PrivateSuper || n.Underlay:
		return fmt.Sprintf("network %s is a super or underlay network, which cannot be joined", id)
	case private && !n.Child:
		return fmt.Sprintf("network %s is not a private network: privateNetworkID must be one, and networks takes external ones", id)
	case private && n.ProjectID != p.ProjectID:
		return fmt.Sprintf("network %s is of project %s, and the %s of %s: they must be of the same", id, n.ProjectID, noun, p.ProjectID)
	case !private && n.Child && !n.Shared:
		return fmt.Sprintf("network %s is a second private network: networks takes external and shared ones", id)
	case n.PartitionID != "" && n.PartitionID != p.Partition:
		return fmt.Sprintf("network %s is in partition %s, and the %s shall be in %s", id, n.PartitionID, noun, p.Partition)
	default:
		return ""
	}
}

// userData of a machine, if there is any. It is secret.
func (k *Kind[T]) userData(ctx context.Context, mg T) ([]byte, error) {
	ref := mg.Allocation().UserDataSecretRef
	if ref == nil {
		return nil, nil
	}
	name := types.NamespacedName{Namespace: mg.GetNamespace(), Name: ref.Name}
	secret := &corev1.Secret{}
	if err := k.kube.Get(ctx, name, secret); err != nil {
		if kerrors.IsNotFound(err) {
			return nil, errors.Errorf("there is no Secret %s, which userDataSecretRef names", name)
		}
		return nil, errors.Wrapf(err, "cannot read the Secret %s with the user data", name)
	}
	data, ok := secret.Data[ref.Key]
	if !ok {
		return nil, errors.Errorf("the Secret %s has no key %s, which userDataSecretRef names", name, ref.Key)
	}
	return data, nil
}
