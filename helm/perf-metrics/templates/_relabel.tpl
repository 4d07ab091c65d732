{{/*
How Prometheus names targets, in both modes. Discovery yields a target for each port of a pod; all of a pod get the one address
that is measured, and equal targets count once.
*/}}

{{/* The port: that of the annotation, that of the container port named perf-metrics, or `targets.port`. */}}
{{- define "perf-metrics.targetRelabelings" -}}
- { target_label: __tmp_port, replacement: "{{ .Values.targets.port }}" }
- source_labels: [__meta_kubernetes_pod_container_port_name, __meta_kubernetes_pod_container_port_number]
  regex: perf-metrics;(\d+)
  target_label: __tmp_port
- { source_labels: [__meta_kubernetes_pod_annotation_perf_metrics_port], regex: (\d+), target_label: __tmp_port }
- { source_labels: [__meta_kubernetes_pod_ip, __tmp_port], regex: "([^:]+);(.+)", target_label: __address__, replacement: "$1:$2" }
- { source_labels: [__meta_kubernetes_pod_ip, __tmp_port], regex: "(.*:.*);(.+)", target_label: __address__, replacement: "[$1]:$2" }
{{- end }}

{{/*
The labels of every series. Pods that have ended are left out, and those that pull their image or run init containers: nobody can
answer there yet.
*/}}
{{- define "perf-metrics.podRelabelings" -}}
- { source_labels: [__meta_kubernetes_pod_phase], regex: Pending|Failed|Succeeded, action: drop }
- { source_labels: [__meta_kubernetes_namespace], target_label: namespace }
- { source_labels: [__meta_kubernetes_pod_name], target_label: pod }
- { source_labels: [__meta_kubernetes_pod_name], target_label: instance }
- { target_label: service, replacement: unknown }
- source_labels: [__meta_kubernetes_pod_label_{{ regexReplaceAll "[^a-zA-Z0-9_]" .Values.targets.serviceLabel "_" }}]
  regex: (.+)
  target_label: service
{{- end }}

{{/* The same as the Operator's custom resources have it. */}}
{{- define "perf-metrics.asRelabelings" -}}
{{- $rules := list }}
{{- range . | fromYamlArray }}
{{- $rule := dict }}
{{- range $key, $value := . }}{{ $_ := set $rule (get (dict "source_labels" "sourceLabels" "target_label" "targetLabel") $key | default $key) $value }}{{ end }}
{{- $rules = append $rules $rule }}
{{- end }}
{{- toYaml $rules }}
{{- end }}
