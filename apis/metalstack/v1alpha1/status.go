package v1alpha1

// What the generic client reads and writes of a status, whatever the kind.

// GetMessage of the status: what the network waits for, and what to do.
func (mg *Network) GetMessage() string { return mg.Status.AtProvider.Message }

// SetMessage of the status.
func (mg *Network) SetMessage(m string) { mg.Status.AtProvider.Message = m }

// GetMessage of the status: what the firewall waits for, and what to do.
func (mg *Firewall) GetMessage() string { return mg.Status.AtProvider.Message }

// SetMessage of the status.
func (mg *Firewall) SetMessage(m string) { mg.Status.AtProvider.Message = m }

// GetAsked is the status' copy of what metal-stack was asked for.
func (mg *Network) GetAsked() string { return mg.Status.AtProvider.Asked }

// SetAsked copies what metal-stack was asked for to the status.
func (mg *Network) SetAsked(asked string) { mg.Status.AtProvider.Asked = asked }

// GetAsked is the status' copy of what metal-stack was asked for.
func (mg *Firewall) GetAsked() string { return mg.Status.AtProvider.Asked }

// SetAsked copies what metal-stack was asked for to the status.
func (mg *Firewall) SetAsked(asked string) { mg.Status.AtProvider.Asked = asked }

// GetLastHandledReconcileAt is the newest request to look at the network that was
// answered: the annotation crossplane.io/reconcile-requested-at asks for a look.
func (mg *Network) GetLastHandledReconcileAt() string { return mg.Status.LastHandledReconcileAt }

// SetLastHandledReconcileAt records a request that was answered.
func (mg *Network) SetLastHandledReconcileAt(token string) { mg.Status.LastHandledReconcileAt = token }

// GetLastHandledReconcileAt is the newest request to look at the firewall that
// was answered.
func (mg *Firewall) GetLastHandledReconcileAt() string { return mg.Status.LastHandledReconcileAt }

// SetLastHandledReconcileAt records a request that was answered.
func (mg *Firewall) SetLastHandledReconcileAt(token string) {
	mg.Status.LastHandledReconcileAt = token
}

// GetMessage of the status: what the machine waits for, and what to do.
func (mg *Machine) GetMessage() string { return mg.Status.AtProvider.Message }

// SetMessage of the status.
func (mg *Machine) SetMessage(m string) { mg.Status.AtProvider.Message = m }

// GetAsked is the status' copy of what metal-stack was asked for.
func (mg *Machine) GetAsked() string { return mg.Status.AtProvider.Asked }

// SetAsked copies what metal-stack was asked for to the status.
func (mg *Machine) SetAsked(asked string) { mg.Status.AtProvider.Asked = asked }

// GetLastHandledReconcileAt is the newest request to look at the machine that was
// answered.
func (mg *Machine) GetLastHandledReconcileAt() string { return mg.Status.LastHandledReconcileAt }

// SetLastHandledReconcileAt records a request that was answered.
func (mg *Machine) SetLastHandledReconcileAt(token string) { mg.Status.LastHandledReconcileAt = token }

// GetMessage of the status: what the IP waits for, and what to do.
func (mg *IP) GetMessage() string { return mg.Status.AtProvider.Message }

// SetMessage of the status.
func (mg *IP) SetMessage(m string) { mg.Status.AtProvider.Message = m }

// GetAsked is the status' copy of what metal-stack was asked for.
func (mg *IP) GetAsked() string { return mg.Status.AtProvider.Asked }

// SetAsked copies what metal-stack was asked for to the status.
func (mg *IP) SetAsked(asked string) { mg.Status.AtProvider.Asked = asked }

// GetLastHandledReconcileAt is the newest request to look at the IP that was
// answered.
func (mg *IP) GetLastHandledReconcileAt() string { return mg.Status.LastHandledReconcileAt }

// SetLastHandledReconcileAt records a request that was answered.
func (mg *IP) SetLastHandledReconcileAt(token string) { mg.Status.LastHandledReconcileAt = token }

// GetMessage of the status: what the project waits for, and what to do.
func (mg *Project) GetMessage() string { return mg.Status.AtProvider.Message }

// SetMessage of the status.
func (mg *Project) SetMessage(m string) { mg.Status.AtProvider.Message = m }

// GetAsked is the status' copy of what metal-stack was asked for.
func (mg *Project) GetAsked() string { return mg.Status.AtProvider.Asked }

// SetAsked copies what metal-stack was asked for to the status.
func (mg *Project) SetAsked(asked string) { mg.Status.AtProvider.Asked = asked }

// GetLastHandledReconcileAt is the newest request to look at the project that was
// answered.
func (mg *Project) GetLastHandledReconcileAt() string { return mg.Status.LastHandledReconcileAt }

// SetLastHandledReconcileAt records a request that was answered.
func (mg *Project) SetLastHandledReconcileAt(token string) { mg.Status.LastHandledReconcileAt = token }
