;; It answers with an error that there is not.
;; ends: trap
(func $handle (param $in i32) (result i32)
  (i32.store8 (i32.const 60000) (i32.const 1))
  (i32.store8 (i32.const 60008) (i32.const 9))
  (i32.const 60000))
