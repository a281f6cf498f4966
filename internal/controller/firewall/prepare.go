package firewall

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"golang.org/x/crypto/ssh"
	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const (
	errListNetworks = "cannot list the Networks that the firewall shall join"

	crdOfNetworks = "networks." + v1alpha1.Group
)

// featureFirewall of images.
const featureFirewall = "firewall"

var hostname = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// Prepare an allocate. One that is refused late is rolled back on a machine that
// others could have had meanwhile, so everything that can be read is read first.
func (k *Kind) Prepare(ctx context.Context, s metal.Stack, mg *v1alpha1.Firewall, marks metal.Marks) (controller.Allocate[metal.Firewall], error) {
	p := mg.Spec.ForProvider.DeepCopy()
	order := metal.FirewallOrder{
		FirewallParameters: *p,
		Name:               ptr.Deref(p.Name, mg.GetName()),
		Hostname:           ptr.Deref(p.Hostname, mg.GetName()),
		Marks:              marks,
	}
	if !hostname.MatchString(order.Hostname) {
		return nil, errors.Errorf("%q cannot be a hostname: set hostname to at most 63 lower case letters, digits and -", order.Hostname)
	}
	for i, key := range p.SSHPublicKeys {
		if _, _, _, _, err := ssh.ParseAuthorizedKey([]byte(key)); err != nil {
			return nil, errors.Errorf("sshPublicKeys[%d] is not a public key as in an authorized_keys file", i)
		}
	}
	if err := k.catalogued(ctx, s, p); err != nil {
		return nil, err
	}
	if err := joinable(ctx, s, p); err != nil {
		return nil, err
	}
	var err error
	if order.UserData, err = k.userData(ctx, mg); err != nil {
		return nil, err
	}
	// Last: a Network that is being deleted waits for all Firewalls that it
	// sees. It sees this one, or is seen here.
	if err := k.leaving(ctx, p); err != nil {
		return nil, err
	}
	return func(ctx context.Context) (*metal.Firewall, error) { return s.AllocateFirewall(ctx, order) }, nil
}

// catalogued is nil if project, size, image and layout are there.
func (k *Kind) catalogued(ctx context.Context, s metal.Stack, p *v1alpha1.FirewallParameters) error {
	if err := s.ProjectExists(ctx, p.ProjectID); err != nil {
		return err
	}
	if err := s.SizeExists(ctx, p.Size); err != nil {
		return err
	}
	image, err := s.Image(ctx, p.Image)
	if err != nil {
		return err
	}
	if !slices.Contains(image.Features, featureFirewall) {
		return errors.Errorf("image %s is not for firewalls (its features: %s): choose one with the feature %s", p.Image, strings.Join(image.Features, ", "), featureFirewall)
	}
	if p.FileSystemLayout != nil {
		return s.FileSystemLayoutExists(ctx, *p.FileSystemLayout)
	}
	return nil
}

// joinable is nil if a firewall may join all of its networks.
func joinable(ctx context.Context, s metal.Stack, p *v1alpha1.FirewallParameters) error {
	private := ptr.Deref(p.PrivateNetworkID, "")
	if private == "" {
		return errors.New("privateNetworkID is not set: name the private network by privateNetworkID, privateNetworkIDRef or privateNetworkIDSelector")
	}
	seen := map[string]bool{}
	for i, id := range append([]string{private}, others(p)...) {
		if seen[id] {
			return errors.Errorf("network %s is named twice: name it once", id)
		}
		seen[id] = true
		n, err := s.Network(ctx, id)
		if err != nil {
			return err
		}
		if text := unjoinable(p, id, n, i == 0); text != "" {
			return errors.New(text)
		}
	}
	return nil
}

func others(p *v1alpha1.FirewallParameters) []string {
	ids := make([]string, 0, len(p.Networks))
	for _, n := range p.Networks {
		ids = append(ids, ptr.Deref(n.NetworkID, ""))
	}
	return ids
}

// unjoinable says why a firewall cannot join a network, as its private one or
// beside it.
func unjoinable(p *v1alpha1.FirewallParameters, id string, n *metal.Network, private bool) string {
	switch {
	case id == "":
		return "an entry of networks has no networkID"
	case n == nil:
		return fmt.Sprintf("there is no network %s", id)
	case n.PrivateSuper || n.Underlay:
		return fmt.Sprintf("network %s is a super or underlay network, which cannot be joined", id)
	case private && !n.Child:
		return fmt.Sprintf("network %s is not a private network: privateNetworkID must be one, and networks takes external ones", id)
	case private && n.ProjectID != p.ProjectID:
		return fmt.Sprintf("network %s is of project %s, and the firewall of %s: they must be of the same", id, n.ProjectID, p.ProjectID)
	case !private && n.Child && !n.Shared:
		return fmt.Sprintf("network %s is a second private network: networks takes external and shared ones", id)
	case n.PartitionID != "" && n.PartitionID != p.Partition:
		return fmt.Sprintf("network %s is in partition %s, and the firewall shall be in %s", id, n.PartitionID, p.Partition)
	default:
		return ""
	}
}

// userData of a firewall, if there is any. It is secret.
func (k *Kind) userData(ctx context.Context, mg *v1alpha1.Firewall) ([]byte, error) {
	ref := mg.Spec.ForProvider.UserDataSecretRef
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

// leaving is nil if none of the networks is that of a Network which is being
// deleted, and will free it.
func (k *Kind) leaving(ctx context.Context, p *v1alpha1.FirewallParameters) error {
	all := &v1alpha1.NetworkList{}
	if err := controller.ListInstalled(ctx, k.live, k.live, all, crdOfNetworks); err != nil {
		return errors.Wrap(err, errListNetworks)
	}
	ids := networksOf(p)
	for i := range all.Items {
		nw := &all.Items[i]
		frees := meta.WasDeleted(nw) && managed.NewManagementPoliciesResolver(true, nw.GetManagementPolicies()).ShouldDelete()
		if id := meta.GetExternalName(nw); frees && slices.Contains(ids, id) {
			return errors.Errorf("network %s is being deleted with Network %s/%s: delete the firewall as well, or name another network", id, nw.GetNamespace(), nw.GetName())
		}
	}
	return nil
}
