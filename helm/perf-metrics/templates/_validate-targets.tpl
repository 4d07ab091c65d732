{{/* Pods that would not be found: by what measures them, or by the Deployment that runs them. */}}
{{- define "perf-metrics.validate.targets" -}}
{{- $targets := .Values.targets }}
{{- $keys := list }}
{{- range $pair := splitList "," $targets.selector }}{{ $keys = append $keys (splitList "=" $pair | first) }}{{ end }}
{{- if ne (len $keys) (uniq $keys | len) }}
targets.selector names a label twice, and no pod has two values of one: name each label once
{{- end }}
{{- if .Values.demo.enabled }}
{{- if not (has $targets.namespace (list "" "*" .Release.Namespace)) }}
demo.enabled runs pods in namespace {{ .Release.Namespace }}, but targets.namespace is {{ $targets.namespace }} and they would not be found: set demo.enabled to false, or targets.namespace to "*" or ""
{{- end }}
{{- /* By these the demo's Deployment knows its pods. */}}
{{- $own := dict "app.kubernetes.io/instance" .Release.Name "app.kubernetes.io/component" "demo" }}
{{- if hasKey $own $targets.serviceLabel }}
demo.enabled runs pods whose label {{ $targets.serviceLabel }} is the chart's own, but targets.serviceLabel is that label: set demo.enabled to false, or targets.serviceLabel to another label
{{- else }}
{{- $_ := set $own $targets.serviceLabel "paper-trading" }}
{{- end }}
{{- range $key, $value := include "perf-metrics.targetLabels" . | fromYaml }}
{{- if and (hasKey $own $key) (ne $value (get $own $key)) }}
demo.enabled runs pods whose label {{ $key }} is {{ get $own $key }}, but targets.selector wants {{ $key }}={{ $value }}: set demo.enabled to false, or targets.selector to labels that both have
{{- end }}
{{- end }}
{{- end }}
{{- end }}
