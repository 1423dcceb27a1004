#!/usr/bin/env bash
# A cluster on this machine with Argo CD and Segue's dev overlay in it. Needs docker, kind, kubectl, git.
#
#   kube/kind/up.sh [REPOSITORY [REVISION]]
#
# Argo CD reads REPOSITORY (an https address that the cluster reaches; your own copy, so that you can change it). Without
# one, the address of the remote `origin` and the current branch are taken. Run it again after a failure: what is there
# already is left as it is. `kind delete cluster --name segue` removes everything.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

repository=${1:-$(git remote get-url origin)}
revision=${2:-$(git rev-parse --abbrev-ref HEAD)}
argocd_version=v3.5.1
tag=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

for program in docker kind kubectl git; do
    command -v "$program" >/dev/null || { echo "error: $program is missing" >&2; exit 1; }
done
case $repository in
    https://*) ;;
    *) echo "error: $repository: name an https address that the cluster can reach" >&2; exit 1 ;;
esac

echo "==> images"
for name in ui miner; do
    docker build --file "Dockerfile.$name" --tag "localhost/segue-$name:$tag" \
        --build-arg "VERSION=$tag" --build-arg "REVISION=$(git rev-parse HEAD)" .
done

echo "==> cluster"
kind get clusters | grep -qx segue || kind create cluster --config kube/kind/cluster.yaml --wait 120s
kind load docker-image --name segue "localhost/segue-ui:$tag" "localhost/segue-miner:$tag"
# The pods run as user 65532, and a host path takes no fsGroup.
docker exec segue-control-plane install -d -o 65532 -g 65532 /var/lib/segue-models
kubectl --context kind-segue apply -f kube/kind/volume.yaml

echo "==> Argo CD $argocd_version"
kubectl --context kind-segue get namespace argocd >/dev/null 2>&1 || kubectl --context kind-segue create namespace argocd
kubectl --context kind-segue apply --namespace argocd --server-side --force-conflicts \
    -f "https://raw.githubusercontent.com/argoproj/argo-cd/$argocd_version/manifests/install.yaml"
kubectl --context kind-segue rollout status --namespace argocd --timeout 300s \
    deployment/argocd-server deployment/argocd-repo-server deployment/argocd-applicationset-controller

echo "==> Segue from $repository at $revision"
# Only dev here: staging and production have their own clusters.
kubectl --context kind-segue apply -f - <<APPLICATION
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: segue-dev
  namespace: argocd
spec:
  project: default
  source:
    repoURL: $repository
    targetRevision: $revision
    path: kube/overlays/dev
  destination:
    server: https://kubernetes.default.svc
    namespace: segue-dev
  syncPolicy:
    automated:
      prune: true
      selfHeal: true
APPLICATION
until kubectl --context kind-segue get deployment --namespace segue-dev segue-server >/dev/null 2>&1; do sleep 2; done
kubectl --context kind-segue rollout status --namespace segue-dev --timeout 300s deployment/segue-server
echo "Segue answers at http://localhost:30502"
