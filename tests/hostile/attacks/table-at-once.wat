;; It begins with a million table elements.
;; ends: refused
(table 1000000 funcref)
