;; It recurses through a table.
;; ends: trap
(type $f (func (param i32) (result i32)))
(table 1 funcref)
(elem (i32.const 0) $handle)
(func $handle (param $in i32) (result i32)
  (call_indirect (type $f) (local.get $in) (i32.const 0)))
