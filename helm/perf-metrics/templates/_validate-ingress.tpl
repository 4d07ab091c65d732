{{/* Pages that nobody would reach. */}}
{{- define "perf-metrics.validate.ingress" -}}
{{- $ingress := .Values.ingress }}{{ $standalone := include "perf-metrics.standalone" . }}
{{- $pages := list }}{{ $pageOf := dict }}
{{- range $name, $host := $ingress.hosts }}
{{- if $host }}
{{- $pages = append $pages $name }}
{{- if hasKey $pageOf $host }}
ingress.hosts.{{ get $pageOf $host }} and ingress.hosts.{{ $name }} are the same host, which serves one page: give each a host of its own, or leave one empty
{{- end }}
{{- $_ := set $pageOf $host $name }}
{{- if and (ne $name "fleet") (or (not $standalone) (eq (get (get $.Values $name) "enabled" | toString) "false")) }}
ingress.hosts.{{ $name }} is set, but this installation has no such page (see mode and {{ $name }}.enabled): leave the host empty
{{- end }}
{{- end }}
{{- end }}
{{- if and $ingress.enabled (not $pages) }}
ingress.enabled is set, but no page has a host: set ingress.hosts.grafana or another of ingress.hosts
{{- end }}
{{- if and $pages (not $ingress.enabled) }}
ingress.hosts.{{ first $pages }} is set, but there is no Ingress: set ingress.enabled to true
{{- end }}
{{- /* In operator mode anyone may reach the one page that there is. */}}
{{- if and $standalone $ingress.enabled .Values.networkPolicy.enabled (not .Values.networkPolicy.ingressFrom) }}
ingress.enabled is set, but the NetworkPolicies let no ingress controller in: set networkPolicy.ingressFrom, such as to [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}}], or networkPolicy.enabled to false
{{- end }}
{{- end }}
