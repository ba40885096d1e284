// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/flannel-io/flannel/pkg/backend"
	_ "github.com/flannel-io/flannel/pkg/backend/hostgw"
	_ "github.com/flannel-io/flannel/pkg/backend/vxlan"
	"github.com/flannel-io/flannel/pkg/ip"
	"github.com/flannel-io/flannel/pkg/ipmatch"
	"github.com/flannel-io/flannel/pkg/subnet"
	"github.com/flannel-io/flannel/pkg/subnet/kube"
	"github.com/flannel-io/flannel/pkg/trafficmngr"
	"github.com/flannel-io/flannel/pkg/trafficmngr/iptables"
	"github.com/flannel-io/flannel/pkg/trafficmngr/nftables"
	"github.com/joho/godotenv"
	"k8s.io/klog/v2"
)

const (
	flannelAnnotationPrefix = "flannel.alpha.coreos.com"
	flannelNetworkFile      = "/etc/kube-flannel/net-conf.json"
	flannelSubnetFile       = "/run/flannel/subnet.env"
	flannelResyncSeconds    = 5
)

// flanneld does what flannel's own main does in a Kubernetes cluster: the parts are flannel's, and so is their order.
// It has the two back ends that the lab uses and IPv4. The other back ends and the etcd subnet manager would bring the
// clients of two clouds, of etcd and of IPsec with them.
func flanneld() {
	flags := flag.NewFlagSet("flanneld", flag.ExitOnError)
	masquerade := flags.Bool("ip-masq", false, "masquerade traffic that leaves the pod network")
	kubernetes := flags.Bool("kube-subnet-mgr", false, "take the subnet from the Kubernetes API; must be given")
	_ = flags.Parse(os.Args[1:])
	if !*kubernetes || flags.NArg() > 0 {
		flags.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := runFlannel(ctx, *masquerade); err != nil {
		klog.Errorf("flanneld ends: %v", err)
		klog.Flush()
		os.Exit(1)
	}
	klog.Info("Exiting cleanly...")
	klog.Flush()
}

// runFlannel sets the node's part of the pod network up and looks after it until ctx is done.
func runFlannel(ctx context.Context, masquerade bool) error {
	manager, err := kube.NewSubnetManager(ctx, "", "", flannelAnnotationPrefix, flannelNetworkFile, true)
	if err != nil {
		return fmt.Errorf("creating the subnet manager: %w", err)
	}
	klog.Infof("Created subnet manager: %s", manager.Name())
	config, err := manager.GetNetworkConfig(ctx)
	if err != nil {
		return fmt.Errorf("reading the network configuration: %w", err)
	}
	if !config.EnableIPv4 || config.EnableIPv6 {
		return errors.New("this flanneld has IPv4 alone")
	}
	klog.Infof("Found network config - Backend type: %s", config.BackendType)
	if !config.EnableNFTables {
		if _, err := os.Stat("/proc/sys/net/bridge/bridge-nf-call-iptables"); errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("checking br_netfilter: %w", err)
		}
	}
	outside, err := outsideInterface(ctx, manager, config)
	if err != nil {
		return fmt.Errorf("finding the interface that leads to the other nodes: %w", err)
	}
	chosen, err := backend.NewManager(ctx, manager, outside).GetBackend(config.BackendType)
	if err != nil {
		return err
	}
	var running sync.WaitGroup
	network, err := chosen.RegisterNetwork(ctx, &running, config)
	if err != nil {
		return fmt.Errorf("registering the network: %w", err)
	}
	if err := writeRules(ctx, config, network, masquerade); err != nil {
		return err
	}
	lease := network.Lease()
	err = manager.HandleSubnetFile(flannelSubnetFile, config, masquerade, lease.Subnet, lease.IPv6Subnet, network.MTU())
	if err != nil {
		klog.Warningf("Failed to write subnet file: %s", err)
	} else {
		klog.Infof("Wrote subnet file to %s", flannelSubnetFile)
	}
	klog.Info("Running backend.")
	running.Go(func() { network.Run(ctx) })
	if err := manager.CompleteLease(ctx, lease, &running); err != nil {
		klog.Errorf("CompleteLease execute error err: %v", err)
	}
	running.Wait()
	return nil
}

// outsideInterface is the one with the address that the node's annotations ask for, or that of the default route.
func outsideInterface(
	ctx context.Context, manager subnet.Manager, config *subnet.Config,
) (*backend.ExternalInterface, error) {
	family, err := ipmatch.GetIPFamily(config.EnableIPv4, config.EnableIPv6)
	if err != nil {
		return nil, err
	}
	address, _ := manager.GetStoredPublicIP(ctx)
	return ipmatch.LookupExtIface(address, "", "", family, ipmatch.PublicIPOpts{PublicIP: address})
}

// writeRules takes away what the other kind of rules left, writes those of this kind and keeps writing them again.
func writeRules(ctx context.Context, config *subnet.Config, network backend.Network, masquerade bool) error {
	var used, other trafficmngr.TrafficManager = &iptables.IPTablesManager{}, &nftables.NFTablesManager{}
	if config.EnableNFTables {
		used, other = other, used
	}
	klog.Info("Cleaning-up unused traffic manager rules")
	if err := other.CleanUp(ctx); err != nil {
		return fmt.Errorf("cleaning up the rules that are not used: %w", err)
	}
	if err := used.Init(ctx); err != nil {
		return err
	}
	var none ip.IP6Net
	if masquerade {
		err := used.SetupAndEnsureMasqRules(
			ctx,
			config.Network, writtenBefore("FLANNEL_SUBNET"), writtenBefore("FLANNEL_NETWORK"),
			none, none, none,
			network.Lease(), flannelResyncSeconds, false,
		)
		if err != nil {
			return fmt.Errorf("setting up the rules for masquerading: %w", err)
		}
	}
	used.SetupAndEnsureForwardRules(ctx, config.Network, none, flannelResyncSeconds)
	return nil
}

// writtenBefore is a network of the subnet file that an earlier flanneld left; the empty one when there is none.
func writtenBefore(key string) ip.IP4Net {
	values, err := godotenv.Read(flannelSubnetFile)
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			klog.Errorf("Cannot read the earlier %s: %v", flannelSubnetFile, err)
		}
		return ip.IP4Net{}
	}
	_, network, err := net.ParseCIDR(values[key])
	if err != nil {
		klog.Warningf("no subnet found for key: %s in file: %s", key, flannelSubnetFile)
		return ip.IP4Net{}
	}
	return ip.FromIPNet(network)
}
