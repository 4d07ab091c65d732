{{/* Names. */}}

{{- define "perf-metrics.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "perf-metrics.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- $default := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) }}
{{- default $default .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* "true" in standalone mode; nothing, which is false, in operator mode. */}}
{{- define "perf-metrics.standalone" -}}
{{- if eq .Values.mode "standalone" }}true{{ end }}
{{- end }}

{{/* Labels. Of `component`: what the object belongs to. `list . "fleet" | include "perf-metrics.labels"` */}}

{{- define "perf-metrics.selectorLabels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "perf-metrics.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "perf-metrics.labels" -}}
{{- $own := include "perf-metrics.ownLabels" . | fromYaml }}
{{- merge $own (index . 0).Values.commonLabels | toYaml }}
{{- end }}

{{/* Objects are found by them, so that no value replaces one. */}}
{{- define "perf-metrics.ownLabels" -}}
{{- $root := index . 0 -}}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 }}
{{ include "perf-metrics.selectorLabels" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: perf-metrics
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
{{- end }}

{{/*
An object's metadata: list . COMPONENT SUFFIX [ANNOTATIONS [LABELS]]; the name is <fullname>-SUFFIX.
*/}}
{{- define "perf-metrics.metadata" -}}
{{- $root := index . 0 -}}
{{- $annotations := dict }}{{ if gt (len .) 3 }}{{ $annotations = index . 3 }}{{ end -}}
{{- $labels := dict }}{{ if gt (len .) 4 }}{{ $labels = index . 4 }}{{ end -}}
name: {{ include "perf-metrics.fullname" $root }}-{{ index . 2 }}
labels:
  {{- merge (dict) $labels (include "perf-metrics.labels" . | fromYaml) | toYaml | nindent 2 }}
{{- with merge (dict) $annotations $root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/*
A pod's metadata: list . COMPONENT WORKLOAD [ANNOTATIONS [LABELS]], WORKLOAD being the values of the workload. Labels that the
Deployment selects by cannot be overridden. Neither the chart's version nor the app's: another version restarts no pod by itself.
*/}}
{{- define "perf-metrics.podMetadata" -}}
{{- $root := index . 0 }}{{ $workload := index . 2 -}}
{{- $annotations := dict }}{{ if gt (len .) 3 }}{{ $annotations = index . 3 }}{{ end -}}
{{- $labels := dict }}{{ if gt (len .) 4 }}{{ $labels = index . 4 }}{{ end -}}
labels:
  {{- $own := merge (dict) $labels (include "perf-metrics.selectorLabels" . | fromYaml) (dict "app.kubernetes.io/part-of" "perf-metrics") }}
  {{- merge $own (default dict $workload.podLabels) $root.Values.commonLabels | toYaml | nindent 2 }}
{{- with merge (dict) $annotations (default dict $workload.podAnnotations) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/*
Parts of a pod's spec, all that Pod Security `restricted` asks for among them: list . WORKLOAD UID. No token of a service
account is mounted: a pod that needs one says so itself, below this.
*/}}
{{- define "perf-metrics.podSpec" -}}
{{- $root := index . 0 }}{{ $workload := index . 1 }}{{ $uid := index . 2 -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ $uid }}
  runAsGroup: {{ $uid }}
  fsGroup: {{ $uid }}
  # Not file by file at every start: a volume with years of blocks would take minutes.
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with default $root.Values.priorityClassName $workload.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" }}
{{- with default (get $root.Values $key) (get $workload $key) }}
{{ $key }}: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{- define "perf-metrics.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* list . IMAGE: `image` and `imagePullPolicy` of a container. */}}
{{- define "perf-metrics.image" -}}
{{- $root := index . 0 }}{{ $image := index . 1 -}}
{{- $reference := printf "%s:%s" $image.repository (default $root.Chart.AppVersion $image.tag) -}}
{{- with $image.digest }}{{ $reference = printf "%s@%s" $image.repository . }}{{ end -}}
image: {{ $reference | quote }}
imagePullPolicy: {{ $image.pullPolicy }}
{{- end }}

{{/*
The claim of a workload's volume: list . COMPONENT PERSISTENCE. Made beside the workload, not by a StatefulSet's template, so
that its size can be raised by an upgrade, and `helm uninstall` says that it stays.
*/}}
{{- define "perf-metrics.claim" -}}
{{- $root := index . 0 }}{{ $persistence := index . 2 }}
{{- if and $persistence.enabled (not $persistence.existingClaim) -}}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  {{- include "perf-metrics.metadata" (list $root (index . 1) (index . 1) (dict "helm.sh/resource-policy" "keep")) | nindent 2 }}
spec:
  accessModes: {{- toYaml $persistence.accessModes | nindent 4 }}
  {{- with $persistence.storageClass }}
  storageClassName: {{ . }}
  {{- end }}
  resources:
    requests:
      storage: {{ $persistence.size }}
{{- end }}
{{- end }}

{{/* The volume `data` of a workload: list . COMPONENT PERSISTENCE. */}}
{{- define "perf-metrics.dataVolume" -}}
{{- $persistence := index . 2 -}}
- name: data
{{- if $persistence.enabled }}
  persistentVolumeClaim:
    claimName: {{ default (printf "%s-%s" (include "perf-metrics.fullname" (index . 0)) (index . 1)) $persistence.existingClaim }}
{{- else }}
  emptyDir: {}
{{- end }}
{{- end }}

{{/* Where pods are measured: a namespace, or `*`. */}}
{{- define "perf-metrics.targetNamespace" -}}
{{- default .Release.Namespace .Values.targets.namespace }}
{{- end }}

{{/* The labels of measured pods as a mapping. */}}
{{- define "perf-metrics.targetLabels" -}}
{{- range splitList "," .Values.targets.selector }}
{{- $pair := splitList "=" . }}
{{ index $pair 0 }}: {{ index $pair 1 | quote }}
{{- end }}
{{- end }}

{{/*
Address of a page, in links: outside where it has a host, else inside the cluster: list . COMPONENT PORT. Names inside carry no
namespace, so that Kustomize may apply the same objects to another one.
*/}}
{{- define "perf-metrics.url" -}}
{{- $root := index . 0 }}{{ $ingress := $root.Values.ingress -}}
{{- $host := index $ingress.hosts (index . 1) -}}
{{- if and $ingress.enabled $host -}}
{{ $ingress.tls | empty | ternary "http" "https" }}://{{ $host }}/
{{- else -}}
http://{{ include "perf-metrics.fullname" $root }}-{{ index . 1 }}:{{ index . 2 }}/
{{- end }}
{{- end }}

{{/* The Service of a workload: list . COMPONENT PORT. Its containers call their port `http`. */}}
{{- define "perf-metrics.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "perf-metrics.metadata" (list (index . 0) (index . 1) (index . 1)) | nindent 2 }}
spec:
  selector:
    {{- include "perf-metrics.selectorLabels" . | nindent 4 }}
  ports:
    - { name: http, port: {{ index . 2 }}, targetPort: http }
{{- end }}

{{/* list . COMPONENT */}}
{{- define "perf-metrics.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "perf-metrics.metadata" (list (index . 0) (index . 1) (index . 1)) | nindent 2 }}
# Only the pod that asks for a token gets one.
automountServiceAccountToken: false
{{- end }}

{{/*
What the service account of a workload may do in a namespace, or in all of them (`*`): list . COMPONENT SUFFIX NAMESPACE RULES
*/}}
{{- define "perf-metrics.access" -}}
{{- $root := index . 0 }}{{ $component := index . 1 }}{{ $namespace := index . 3 -}}
{{- $everywhere := eq $namespace "*" -}}
{{- $metadata := include "perf-metrics.metadata" (list $root $component (index . 2)) | fromYaml -}}
{{- /* Objects of the cluster share their names with those of other releases. */ -}}
{{- if $everywhere }}{{ $_ := set $metadata "name" (printf "%s-%s" $root.Release.Namespace $metadata.name) }}{{ end -}}
{{- if not (has $namespace (list "*" $root.Release.Namespace)) }}{{ $_ := set $metadata "namespace" $namespace }}{{ end -}}
{{- $kind := ternary "ClusterRole" "Role" $everywhere -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  {{- toYaml $metadata | nindent 2 }}
rules:
  {{- index . 4 | trim | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  {{- toYaml $metadata | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind }}
  name: {{ $metadata.name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "perf-metrics.fullname" $root }}-{{ $component }}
    namespace: {{ $root.Release.Namespace }}
{{- end }}

{{- define "perf-metrics.podReaderRules" -}}
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
{{- end }}

{{/* What a token of the service account is mounted from, for the one container that asks the API server something. */}}
{{- define "perf-metrics.apiAccessVolume" -}}
- name: api-access
  projected:
    sources:
      - serviceAccountToken: { path: token, expirationSeconds: 3607 }
      - configMap: { name: kube-root-ca.crt, items: [{ key: ca.crt, path: ca.crt }] }
      - downwardAPI: { items: [{ path: namespace, fieldRef: { fieldPath: metadata.namespace } }] }
{{- end }}
